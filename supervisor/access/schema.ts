// Generates the Cedar schema from what is loaded: which questions can be asked, and what a rule may say about each. It decides nothing.
import { isDeepStrictEqual } from 'node:util'
import { EFFECTS, type Effect } from '../capabilities/capability.ts'
import type { Plugin } from '../registry/plugin.ts'
import { callShapes } from './call-shapes.ts'
import { recordType, type Attribute, type RecordType } from './cedar-type.ts'

export type Uid = { readonly type: string; readonly id: string }

/** One action that can be asked about. */
export type Action = {
  readonly uid: Uid
  /** The groups it is in. */
  readonly parents: readonly Uid[]
  readonly context: RecordType
  /** Declared by a command. */
  readonly effect?: Effect
  /** The arguments of a command that Cedar cannot express. */
  readonly hidden: readonly string[]
}

/** As Cedar's JSON schema format wants it: namespace → entity types and actions. */
export type SchemaJson = Readonly<
  Record<string, { entityTypes: Record<string, object>; actions: Record<string, object> }>
>
export type PolicySchema = { readonly json: SchemaJson; readonly actions: ReadonlyMap<string, Action> }

/** What the schema needs of a plugin. */
export type Commands = Pick<Plugin, 'name' | 'commands'>

/** What people may do beside commands. */
const POWERS = ['approve', 'freeze', 'impersonate'] as const
// Cedar lets no name of a namespace hide one of the unnamed one: of a plugin called like a power rules can name only the commands.
const hides = (plugin: string): boolean => POWERS.some((power) => power === plugin)

const text: Attribute = { type: 'String', required: true }
const bool: Attribute = { type: 'Boolean', required: true }
const count: Attribute = { type: 'Long', required: true }
const person: Attribute = { type: 'Entity', name: 'Person', required: true }
const record = (attributes: Readonly<Record<string, Attribute>>): RecordType => ({ type: 'Record', attributes })
const commandContext = (args: RecordType) =>
  record({ args: { ...args, required: true }, tainted: bool, approvals: count })

/** The schema without its commands, for rules that speak of roles and effects alone: an effect stands for all of its commands. */
export function withoutCommands(json: SchemaJson): SchemaJson {
  return { ...json, Command: { entityTypes: {}, actions: {} } }
}

/** The name under which `actions` holds one, as a rule writes it. */
export function spellAction({ type, id }: Uid): string {
  return `${type}::${JSON.stringify(id)}`
}

/** Roles are an enumerated type, so that a rule over a role that roles.yaml lacks is a fault. */
export function policySchema(roles: readonly string[], plugins: readonly Commands[]): PolicySchema {
  const commands = plugins.flatMap(commandsOf)
  const effects = EFFECTS.map((effect) => action('Effect', effect, commandContext(record({}))))
  const calls = Object.entries(callShapes).map(([name, request]) =>
    action('Capability', name, record({ request: { ...request, required: true }, person })),
  )
  const powers = POWERS.map((power) => action('', power, powerContext(power, commands)))
  const groups = plugins.flatMap(({ name }) => (hides(name) ? [] : [[name, {}]]))
  const conversation = { shape: record({ kind: text, channel: text }) }
  const json: SchemaJson = {
    '': {
      entityTypes: {
        Person: { memberOfTypes: ['Role'] },
        // Cedar refuses an enumeration without members.
        Role: roles.length > 0 ? { enum: roles } : {},
        Conversation: conversation,
        Plugin: {},
        Capability: {},
      },
      actions: declare(powers, 'Person', 'Conversation'),
    },
    // The effects themselves can be asked about: else a rule over one that no command has would be a fault.
    Effect: { entityTypes: {}, actions: declare(effects, 'Person', 'Conversation') },
    Plugin: { entityTypes: {}, actions: Object.fromEntries(groups) },
    Command: { entityTypes: {}, actions: declare(commands, 'Person', 'Conversation') },
    Capability: { entityTypes: {}, actions: declare(calls, 'Plugin', 'Capability') },
  }
  const all = [...powers, ...effects, ...commands, ...calls]
  return { json, actions: new Map(all.map((one) => [spellAction(one.uid), one])) }
}

function commandsOf(plugin: Commands): Action[] {
  return Object.entries(plugin.commands).map(([name, { effect, args }]) => {
    const visible = recordType(args)
    const group = hides(plugin.name) ? [] : [{ type: 'Plugin::Action', id: plugin.name }]
    const parents = [...group, { type: 'Effect::Action', id: effect }]
    const hidden = Object.keys(args.properties ?? {}).filter((argument) => !Object.hasOwn(visible.attributes, argument))
    return { ...action('Command', `${plugin.name}.${name}`, commandContext(visible), parents), effect, hidden }
  })
}

function powerContext(power: (typeof POWERS)[number], commands: readonly Action[]): RecordType {
  if (power === 'freeze') return record({})
  if (power === 'impersonate') return record({ as: person })
  const args: Attribute = { ...everyArgument(commands), required: true }
  return record({ requester: person, plugin: text, command: text, effect: text, args, tainted: bool })
}

/** The arguments of all commands, each optional; where two commands disagree on a type, it is absent. */
function everyArgument(commands: readonly Action[]): RecordType {
  const merged: Record<string, Attribute | null> = {}
  for (const { context } of commands) {
    const { args } = context.attributes
    for (const [name, attribute] of Object.entries(args?.type === 'Record' ? args.attributes : {})) {
      const optional = { ...attribute, required: false }
      const agrees = !Object.hasOwn(merged, name) || isDeepStrictEqual(merged[name], optional)
      merged[name] = agrees ? optional : null
    }
  }
  return record(Object.fromEntries(Object.entries(merged).flatMap(([name, type]) => (type ? [[name, type]] : []))))
}

function action(namespace: string, id: string, context: RecordType, parents: readonly Uid[] = []): Action {
  return { uid: { type: namespace === '' ? 'Action' : `${namespace}::Action`, id }, parents, context, hidden: [] }
}

function declare(actions: readonly Action[], principal: string, resource: string): Record<string, object> {
  const entries = actions.map(({ uid, parents, context }) => {
    const appliesTo = { principalTypes: [principal], resourceTypes: [resource], context }
    return [uid.id, { memberOf: parents, appliesTo }]
  })
  return Object.fromEntries(entries)
}
