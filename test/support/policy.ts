// Builds small worlds of roles, plugins and rules for the tests of policy.
import { describeFault } from '../../supervisor/errors.ts'
import type { Effect } from '../../supervisor/capabilities/capability.ts'
import { loadPolicy } from '../../supervisor/access/policy.ts'
import { parseRoles, type Roles } from '../../supervisor/access/roles.ts'
import type { Commands } from '../../supervisor/access/schema.ts'
import type { ArgsSchema, CommandSpec } from '../../supervisor/registry/plugin.ts'

type Properties = NonNullable<ArgsSchema['properties']>

/** A command with those arguments; names that end in `?` are optional. */
export function command(effect: Effect, properties: Properties = {}): CommandSpec {
  const names = Object.keys(properties)
  const args: ArgsSchema = {
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name.replace('?', ''), schema])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  }
  return { description: '', effect, args, examples: [] }
}

export const github: Commands = {
  name: 'github',
  commands: {
    list: command('read'),
    'create-issue': command('write', {
      repo: { type: 'string' },
      'count?': { type: 'integer' },
      'ratio?': { type: 'number' },
    }),
    'delete-repo': command('destroy', { repo: { type: 'string' } }),
  },
}

/** One person for each of the shipped roles, `dingtalk:ROLE`. */
export function fourRoles(): Roles {
  const lines = ['viewer', 'member', 'operator', 'admin'].map((role) => `  ${role}: {people: ["dingtalk:${role}"]}`)
  return rolesFrom(`roles:\n${lines.join('\n')}\n`)
}

export function rolesFrom(text: string): Roles {
  const parsed = parseRoles(text, 'roles.yaml')
  if ('faults' in parsed) throw new Error(parsed.faults.map(describeFault).join('\n'))
  return parsed.roles
}

/** The policy of those rules, in one file. */
export function policyOf(text: string, plugins: readonly Commands[] = [github], roles = fourRoles()) {
  const loaded = loadPolicy({ files: [{ name: 'test.cedar', text }], roles, plugins })
  if ('faults' in loaded) throw new Error(loaded.faults.map(describeFault).join('\n'))
  return loaded.policy
}

/** The faults of those rules, as `file:line:column: what — cure`. */
export function faultsOf(text: string, plugins: readonly Commands[] = [github], roles = fourRoles()): string[] {
  const loaded = loadPolicy({ files: [{ name: 'test.cedar', text }], roles, plugins })
  return 'faults' in loaded ? loaded.faults.map(describeFault) : []
}

/** A rule with the annotations that each needs. */
export function rule(id: string, body: string): string {
  return `@id("${id}")\n@why("a test")\n${body}\n`
}

export const conversation = { id: 'c1', kind: 'single', channel: 'dingtalk' } as const
