// One message's way from arrival to reply, top to bottom. Each step can only narrow what the next may do; nothing here performs an
// effect of its own: commands run in hosts, and their calls go through the broker.
import type { Audit } from './access/audit.ts'
import type { Decision } from './access/decision.ts'
import type { Broker, Standing } from './broker.ts'
import type { Effect } from './capabilities/capability.ts'
import type { Log } from './chat/powers.ts'
import type { Message, Reply } from './chat/message.ts'
import { replySchema } from './chat/reply.ts'
import { Coded, ERRORS, fill, sentence, type Code, type Language } from './errors.ts'
import type { CallAnswer, RunResult } from './host.ts'
import type { Hosts } from './hosts.ts'
import type { Plugin, Snapshot } from './registry/plugin.ts'
import { languageOf } from './routing/language.ts'
import type { Rules } from './rulebook.ts'
import type { Store } from './store.ts'

/** How a turn ended, and what the person is told. */
export type TurnEnd = { status: 'ok' | 'failed' | 'refused'; code: Code | 'OK'; reply: Reply }

export type TurnPowers = {
  audit: Audit
  hosts: Hosts
  broker: Broker
  store: Pick<Store, 'begin'>
  /** Today's registry, router and policy; each turn takes one look and keeps it to its end. */
  rules(): Rules
  clock(): number
  log: Log
}

type Asked = { plugin: Plugin; command: string; args: Readonly<Record<string, unknown>>; effect: Effect }

/** Takes one accepted message to its end. `begun` is set when an earlier process had begun a command for it. Never rejects. */
export async function takeTurn(
  turn: string,
  message: Message,
  begun: { command: string } | null,
  powers: TurnPowers,
): Promise<TurnEnd> {
  const { audit, clock } = powers
  const rules = powers.rules()
  const { snapshot, router, policy } = rules
  const about = {
    turn,
    person: message.person,
    channel: message.channel,
    conversation: message.conversation,
  }
  const refused = (code: Code, denied: Denied | null = null): void => {
    const decision = { effect: 'deny' as const, code, rules: [...(denied?.rules ?? [])] }
    audit.append({ kind: 'turn.refused', ...about, ...denied?.about(), decision })
  }
  let language: Language = languageOf(message.text ?? '')
  let end: TurnEnd
  try {
    audit.append({
      kind: 'turn.received',
      ...about,
      detail: { key: message.key, type: message.type, impersonator: message.impersonator },
    })
    const person = who(message, rules)
    if (begun) throw interrupted(begun.command, about, audit)
    if (message.text === null) throw new Coded('UNSUPPORTED_MESSAGE')

    const route = router.route(message.text, (plugin, command) => {
      const effect = snapshot.plugins.get(plugin)?.commands[command]?.effect
      return effect !== undefined && policy.might(question(message, person, plugin, command, effect, {}))
    })
    language = route.language
    if (route.kind === 'help') end = { status: 'ok', code: 'OK', reply: route.reply }
    else if (route.kind === 'problem') {
      const status = ERRORS[route.code].kind
      if (status === 'refused') refused(route.code)
      end = { status, code: route.code, reply: withTurn(route.reply, language, turn) }
    } else {
      const asked = look(snapshot, route.plugin, route.command, route.args)
      audit.append({
        kind: 'turn.routed',
        ...about,
        plugin: asked.plugin.name,
        version: asked.plugin.version,
        command: asked.command,
        detail: { by: 'slash' },
      })
      const deciding = allowed(
        policy.decide(question(message, person, asked.plugin.name, asked.command, asked.effect, asked.args)),
        asked,
      )
      const reply = await run(turn, message, person, language, asked, deciding, powers)
      end = { status: 'ok', code: 'OK', reply }
    }
  } catch (error) {
    const coded = error instanceof Coded ? error : new Coded('INTERNAL', {}, { cause: error })
    if (coded.code === 'INTERNAL') powers.log('error', { turn, error: String(coded.cause) }, 'a turn failed')
    const { kind } = ERRORS[coded.code]
    if (kind === 'refused') refused(coded.code, coded instanceof Denied ? coded : null)
    end = { status: kind, code: coded.code, reply: { text: sentence(coded.code, coded.detail, language, turn) } }
  }
  audit.append({
    kind: 'turn.done',
    ...about,
    outcome: {
      status: end.code === 'INTERRUPTED' ? 'interrupted' : end.status === 'failed' ? 'error' : end.status,
      code: end.code,
      ms: Math.max(0, clock() - message.sent),
    },
  })
  return end
}

/** An earlier process had begun it: nobody knows how far it came, so it is reported and not repeated. */
function interrupted(label: string, about: object, audit: Audit): Coded {
  const [plugin = '', command = ''] = label.split(' ')
  const outcome = { status: 'interrupted', code: 'INTERRUPTED', ms: 0 } as const
  audit.append({ kind: 'command.outcome', ...about, plugin, command, outcome })
  return new Coded('INTERRUPTED', { command: label })
}

/** A decision of policy against something, with the rules that made it. */
class Denied extends Coded {
  readonly rules: readonly string[]
  readonly asked: Asked | null
  constructor(code: Code, what: Asked | string, rules: readonly string[]) {
    const command = typeof what === 'string' ? what : `${what.plugin.name} ${what.command}`
    super(code, { command })
    this.rules = rules
    this.asked = typeof what === 'string' ? null : what
  }
  /** What the audit log says beside who and why. */
  about(): { plugin?: string; version?: string; command?: string } {
    if (!this.asked) return {}
    const { plugin, command } = this.asked
    return { plugin: plugin.name, version: plugin.version, command }
  }
}

function who(message: Message, { policy, roles }: Rules): string {
  const { person, impersonator, conversation: id, kind, channel } = message
  if (person === null) throw new Coded('NO_SENDER')
  if (impersonator !== undefined) {
    const decision = policy.may(impersonator, 'impersonate', { conversation: { id, kind, channel }, as: person })
    if (decision.effect !== 'allow') throw new Denied('POLICY_DENIED', `--as ${person}`, decision.rules)
  }
  if (roles.rolesOf(person).length === 0) throw new Coded('NO_ROLE')
  return person
}

function question(
  message: Message,
  person: string,
  plugin: string,
  command: string,
  effect: Effect,
  args: Readonly<Record<string, unknown>>,
) {
  return {
    person,
    plugin,
    command,
    effect,
    args,
    tainted: false,
    conversation: { id: message.conversation, kind: message.kind, channel: message.channel },
  }
}

function look(snapshot: Snapshot, name: string, command: string, args: Readonly<Record<string, unknown>>): Asked {
  const plugin = snapshot.plugins.get(name)
  const spec = plugin?.commands[command]
  if (!plugin || !spec) throw new Coded('NO_COMMAND')
  if (plugin.state !== 'ready') throw new Coded('PLUGIN_AWAITING_GRANT', { plugin: name })
  return { plugin, command, args, effect: spec.effect }
}

function allowed(decision: Decision, asked: Asked): readonly string[] {
  switch (decision.effect) {
    case 'allow':
      return decision.rules
    case 'ask':
      throw new Denied('APPROVAL_UNAVAILABLE', asked, decision.rules)
    case 'deny':
      throw new Denied(decision.code, asked, decision.rules)
  }
}

/** The command itself: its intent is durable before it starts, its outcome follows whatever happened. */
async function run(
  turn: string,
  message: Message,
  person: string,
  language: Language,
  asked: Asked,
  rules: readonly string[],
  powers: TurnPowers,
): Promise<Reply> {
  const { audit, hosts, broker, store, clock, log } = powers
  const { plugin, command, args, effect } = asked
  const about = {
    turn,
    person,
    channel: message.channel,
    conversation: message.conversation,
    plugin: plugin.name,
    version: plugin.version,
    command,
  }
  const label = `${plugin.name} ${command}`
  if (effect !== 'read') await store.begin(turn, label, effect)
  await audit.record({
    kind: 'command.intent',
    ...about,
    decision: { effect: 'allow', code: 'ALLOWED', rules: [...rules] },
    detail: { args, effect },
  })

  const started = clock()
  const standing: Standing = {
    turn,
    person,
    channel: message.channel,
    conversation: message.conversation,
    plugin,
    command,
    effect,
  }
  const result = await hosts.run(plugin, turn, {
    command: {
      plugin: plugin.name,
      name: command,
      args,
      turn,
      person,
      conversation: { id: message.conversation, kind: message.kind },
      language,
    },
    call: (capability, request, signal) => answer(broker.call(standing, capability, request, signal), language),
    log: (level, text) => log(level, { turn, plugin: plugin.name, guest: true }, text),
  })
  const reply = result.ok ? parseReply(result.reply) : null
  const code: Code | 'OK' = !result.ok ? result.code : reply ? 'OK' : 'REPLY_INVALID'
  audit.append({
    kind: 'command.outcome',
    ...about,
    outcome: { status: statusOf(code), code, ms: clock() - started },
    detail: { cpu: Math.round(result.cpu) },
  })
  if (reply) return reply
  if (!result.ok && result.stack)
    log('warn', { turn, plugin: plugin.name, code, stack: result.stack }, 'a command failed')
  throw new Coded(code === 'OK' ? 'INTERNAL' : code, {
    plugin: plugin.name,
    command: label,
    problem: problemOf(result),
  })
}

async function answer(call: Promise<string>, language: Language): Promise<CallAnswer> {
  try {
    return { value: await call }
  } catch (error) {
    const { code, detail } = error instanceof Coded ? error : new Coded('INTERNAL')
    return { code, message: fill(ERRORS[code][language], detail) }
  }
}

function parseReply(text: string): Reply | null {
  try {
    return replySchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** The first line of what the plugin threw: its own words to the person. */
function problemOf(result: RunResult): string {
  return result.ok ? '' : (result.message.split('\n')[0] ?? '').slice(0, 200)
}

function statusOf(code: Code | 'OK'): 'ok' | 'error' | 'refused' | 'timeout' | 'killed' {
  if (code === 'OK') return 'ok'
  if (code === 'CPU_EXCEEDED' || code === 'WALL_EXCEEDED') return 'timeout'
  if (code === 'MEMORY_EXCEEDED' || code === 'HOST_LOST' || code === 'HOST_BROKEN') return 'killed'
  return ERRORS[code].kind === 'refused' ? 'refused' : 'error'
}

function withTurn(reply: Reply, language: Language, turn: string): Reply {
  const mark = language === 'zh' ? `(编号 ${turn})` : `(turn ${turn})`
  return 'text' in reply ? { text: `${reply.text}\n${mark}` } : { ...reply, markdown: `${reply.markdown}\n\n${mark}` }
}
