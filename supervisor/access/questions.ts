// Puts what Molten wants to know into Cedar's words. A question that cannot be put exactly is not put at all: null, and that is a no.
import type { Effect } from '../capabilities/capability.ts'
import type { Message } from '../chat/message.ts'
import { express, expressRecord, type CedarValue } from './cedar-type.ts'
import type { Roles } from './roles.ts'
import { spellAction, type Action, type PolicySchema, type Uid } from './schema.ts'

/** Where it was asked. */
type Conversation = { readonly id: string } & Pick<Message, 'kind' | 'channel'>

type Command = {
  readonly plugin: string
  readonly command: string
  readonly effect: Effect
  /** Valid against the command's JSON Schema. */
  readonly args: unknown
  /** Whether words of others (a page, a file) had a part in it. */
  readonly tainted: boolean
  readonly conversation: Conversation
}
export type CommandQuestion = Command & { readonly person: string }

/** What each power beside commands is asked with. */
export type About = {
  approve: Command & { readonly requester: string }
  freeze: { readonly conversation: Conversation }
  impersonate: { readonly conversation: Conversation; readonly as: string }
}

/** `request` is redacted. */
export type CallQuestion = {
  readonly plugin: string
  readonly capability: string
  readonly request: unknown
  readonly person: string
}

type Entity = { uid: Uid; attrs: Record<string, CedarValue>; parents: Uid[] }
export type Question = {
  readonly principal: Uid
  readonly action: Uid
  readonly resource: Uid
  readonly context: Record<string, CedarValue>
  readonly entities: Entity[]
}

// Three times the 20 000 bytes of DingTalk's longest message; pattern matching costs the product of text and pattern.
const LARGEST = 65_536

/** Questions against one schema and one set of roles. */
export function createQuestions({ actions }: PolicySchema, roles: Roles) {
  const named = (type: string, id: string): Action | undefined => actions.get(spellAction({ type, id }))

  const person = (id: string): Entity => ({
    uid: { type: 'Person', id },
    attrs: {},
    parents: roles.rolesOf(id).map((role) => ({ type: 'Role', id: role })),
  })

  function put(
    principal: Uid,
    action: Action,
    resource: Entity,
    people: Iterable<string>,
    about: object,
  ): Question | null {
    return build(principal, action, resource, people, expressRecord(action.context, about))
  }

  function build(
    principal: Uid,
    action: Action,
    resource: Entity,
    people: Iterable<string>,
    context: Record<string, CedarValue> | null | undefined,
  ): Question | null {
    const exact = [principal.id, resource.uid.id].every((id) => id.isWellFormed())
    if (!context || !exact || JSON.stringify(context).length > LARGEST) return null
    const itself = { uid: action.uid, attrs: {}, parents: [...action.parents] }
    const entities = [...Array.from(new Set(people), person), resource, itself]
    return { principal, action: action.uid, resource: resource.uid, context, entities }
  }

  /** The command's action, when it has the effect that it is said to have. */
  function commandAction({ plugin, command, effect }: Command): Action | undefined {
    const action = named('Command::Action', `${plugin}.${command}`)
    return action?.effect === effect ? action : undefined
  }

  return {
    /** May the person run the command, with that many approvals? */
    command(question: CommandQuestion, approvals: number): Question | null {
      const { person: asker, conversation, args, tainted } = question
      const action = commandAction(question)
      return action ? put(personUid(asker), action, place(conversation), [asker], { args, tainted, approvals }) : null
    },

    /** May the person run the command for some arguments? To be asked of rules that do not look at them. */
    anyArgs(question: Omit<CommandQuestion, 'args'>, approvals: number): Question | null {
      const { person: asker, conversation, tainted } = question
      const action = commandAction({ ...question, args: {} })
      return action
        ? build(personUid(asker), action, place(conversation), [asker], { args: {}, tainted, approvals })
        : null
    },

    /** May the person use that power? */
    power(asker: string, power: keyof About, about: About[keyof About]): Question | null {
      const action = named('Action', power)
      const people = [asker, ...('requester' in about ? [about.requester] : []), ...('as' in about ? [about.as] : [])]
      const args = 'args' in about ? visibleArgs(commandAction(about), about.args) : {}
      return action && args
        ? put(personUid(asker), action, place(about.conversation), people, { ...about, args })
        : null
    },

    /** May the plugin make the call, for the person? */
    call({ plugin, capability, request, person: asker }: CallQuestion): Question | null {
      const action = named('Capability::Action', capability)
      const resource = { uid: { type: 'Capability', id: capability }, attrs: {}, parents: [] }
      return action ? put({ type: 'Plugin', id: plugin }, action, resource, [asker], { request, person: asker }) : null
    },
  }
}

/** Of a command's arguments those that its own rules see; null when they do not fit, or there is no such command. */
function visibleArgs(action: Action | undefined, args: unknown): CedarValue | null {
  const type = action?.context.attributes['args']
  return (type && express(type, args)) ?? null
}

function personUid(id: string): Uid {
  return { type: 'Person', id }
}

function place({ id, kind, channel }: Conversation): Entity {
  return { uid: { type: 'Conversation', id }, attrs: { kind, channel }, parents: [] }
}
