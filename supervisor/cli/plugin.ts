// `molten plugin`: what is loaded and in what state, what is wrong with a plugin, and grants.
import { renameSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { printable } from '../chat/terminal.ts'
import { describeFault } from '../errors.ts'
import { createHosts } from '../hosts.ts'
import { startChild } from '../io/child.ts'
import { readText } from '../io/read-text.ts'
import { renderGrant, withGrant, withoutGrant, writeGrants } from '../registry/grant-text.ts'
import { readGrants, type Grants } from '../registry/grants.ts'
import type { Settings } from '../settings.ts'
import { EXIT, Exit } from './exit.ts'
import { grantsFileOf, inspect } from './inspect.ts'
import { settingsOf } from './settings.ts'

const USAGE = 'usage: molten plugin list | check DIR | grant NAME [--yes] | revoke NAME'

export async function plugin(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { config: { type: 'string' }, yes: { type: 'boolean', default: false } },
  })
  const { settings } = settingsOf(values.config)
  const [verb, name] = positionals
  if (verb === 'list' && name === undefined) return await list(settings)
  if (name === undefined || positionals.length > 2) throw new Exit(EXIT.usage, USAGE)
  if (verb === 'check') return await checkFolder(settings, resolve(name))
  if (verb === 'grant') return await grant(settings, name, values.yes)
  if (verb === 'revoke') return revoke(settings, name)
  throw new Exit(EXIT.usage, USAGE)
}

async function list(settings: Settings): Promise<number> {
  const { snapshot, faults } = await inspect(settings)
  for (const { name, version, state, description } of snapshot.plugins.values())
    say(`${name} ${version} ${state} — ${description}`)
  for (const fault of faults) say(`! ${describeFault(fault)}`)
  return EXIT.ok
}

/** Reads the plugins in a folder and starts each in the real sandbox. */
async function checkFolder(settings: Settings, folder: string): Promise<number> {
  const { snapshot, faults } = await inspect(settings, [folder])
  const problems = faults.map(describeFault)
  const hosts = createHosts(startChild, Date.now, () => {})
  for (const each of snapshot.plugins.values()) {
    const problem = await hosts.trial(each)
    if (problem === null) say(`ok: ${each.name} ${each.version}`)
    else problems.push(`${each.file}: ${problem}`)
  }
  await hosts.stop()
  if (snapshot.plugins.size === 0 && problems.length === 0)
    problems.push(`${folder}: no plugin here: neither plugin.yaml nor ANY.yaml nor ANY/plugin.yaml`)
  for (const problem of problems) say(problem)
  return problems.length > 0 ? EXIT.configuration : EXIT.ok
}

async function grant(settings: Settings, name: string, yes: boolean): Promise<number> {
  const { snapshot } = await inspect(settings)
  const found = snapshot.plugins.get(name)
  if (!found)
    throw new Exit(EXIT.failure, `no plugin ${name} is loaded; molten plugin list shows what is, and what is wrong`)
  const file = grantsFileOf(settings)
  const grants = grantsIn(file)
  say(renderGrant(found, grants[name]))
  if (!yes && !(await confirmed())) throw new Exit(EXIT.refused, `not granted: ${name}`)
  save(file, withGrant(grants, found, `terminal:${userInfo().username}`, new Date().toISOString()))
  say(`granted: ${name}`)
  return EXIT.ok
}

function revoke(settings: Settings, name: string): number {
  const file = grantsFileOf(settings)
  const grants = grantsIn(file)
  if (!Object.hasOwn(grants, name)) throw new Exit(EXIT.failure, `${name} has no grant in ${file}`)
  save(file, withoutGrant(grants, name))
  say(`revoked: ${name}`)
  return EXIT.ok
}

/** No file is no grants; a file that cannot be read or has a fault is never overwritten. */
function grantsIn(file: string): Grants {
  const found = readText(file, 1 << 20)
  if ('code' in found) {
    if (found.code === 'ENOENT') return {}
    throw new Exit(EXIT.configuration, `${file} cannot be read: ${found.code}`)
  }
  const read = readGrants(found.text, file)
  if ('faults' in read) throw new Exit(EXIT.configuration, ...read.faults.map(describeFault))
  return read.value.grants
}

function save(file: string, grants: Grants): void {
  const draft = `${file}.new`
  writeFileSync(draft, writeGrants(grants), { mode: 0o644 })
  renameSync(draft, file)
}

async function confirmed(): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  // The end of the input is a no.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  const answer = await Promise.race([lines.question('Grant this? [y/N] ').catch(() => ''), ended])
  lines.close()
  return /^y(es)?$/i.test(answer.trim())
}

function say(line: string): void {
  process.stdout.write(`${printable(line)}\n`)
}
