// The words of grants: what `molten plugin grant` shows before the yes, and the file it writes after. Pure.
import { canonicalJson } from './digest.ts'
import { askedSchema, type Grant, type Grants } from './grants.ts'
import type { Plugin } from './plugin.ts'

const HEAD = `# What each plugin was granted. Written by \`molten plugin grant\` and \`molten plugin revoke\`; a change by hand is refused.`

/** grants.yaml with exactly these grants; JSON is YAML, so that nothing a plugin wrote can be read as anything but text. */
export function writeGrants(grants: Grants): string {
  const entries = Object.entries(grants).sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = entries.flatMap(([name, { asked, ...rest }]) => [
    `  ${JSON.stringify(name)}:`,
    ...Object.entries({ ...rest, asked }).map(([key, value]) => `    ${key}: ${visible(canonicalJson(value))}`),
  ])
  return [HEAD, entries.length === 0 ? 'grants: {}' : 'grants:', ...lines, ''].join('\n')
}

/** The grants with what `plugin` asks for now, given by a person at a time (RFC 3339 UTC). */
export function withGrant(grants: Grants, plugin: Plugin, by: string, at: string): Grants {
  const { name, capabilities, capabilitiesDigest, digest } = plugin
  const asked = askedSchema.parse(JSON.parse(canonicalJson(capabilities)))
  return { ...grants, [name]: { capabilities: capabilitiesDigest, code: digest, asked, by, at } }
}

export function withoutGrant(grants: Grants, name: string): Grants {
  return Object.fromEntries(Object.entries(grants).filter(([other]) => other !== name))
}

/**
 * What granting would mean, one line an entry: `+` new, `=` granted before, `-` no longer asked for. Code that changed since
 * the grant is a line of its own. Everything a plugin wrote is escaped, so that it cannot draw a different picture.
 */
export function renderGrant(plugin: Plugin, previous: Grant | undefined): string {
  const asked = linesOf(plugin.capabilities)
  const granted = linesOf(previous?.asked ?? {})
  const lines = [
    visible(`${plugin.name} ${plugin.version}: ${plugin.description}`),
    ...asked.map((line) => `  ${granted.includes(line) ? '=' : '+'} ${line}`),
    ...granted.filter((line) => !asked.includes(line)).map((line) => `  - ${line}`),
  ]
  if (isReordered(asked, granted)) lines.push('  + another order: the first entry that covers a request counts')
  if (asked.length === 0) lines.push('  = no capabilities')
  if (previous?.code !== plugin.digest) lines.push(`  + code sha256:${plugin.digest}`)
  return lines.join('\n')
}

function linesOf(capabilities: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(capabilities).flatMap(([name, asked]) =>
    (Array.isArray(asked) ? asked : [asked]).map((entry) => `${name} ${visible(canonicalJson(entry))}`),
  )
}

function isReordered(asked: readonly string[], granted: readonly string[]): boolean {
  const still = granted.filter((line) => asked.includes(line))
  return asked.filter((line) => granted.includes(line)).some((line, index) => line !== still[index])
}

/** Control and bidirectional characters, and those that look like nothing, as escapes that YAML and JSON both read. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
