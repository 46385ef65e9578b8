// The one door through which a plugin reaches the world. Every call takes these steps, in this order, and none can be skipped:
// known, parsed, granted, within the command's effect, allowed by policy, intent audited, performed, parsed, outcome audited.
import type { z } from 'zod'
import type { Audit } from './access/audit.ts'
import type { Policy } from './access/decisions.ts'
import { EFFECTS, type Capability, type Effect, type Powers } from './capabilities/capability.ts'
import { Coded, ERRORS, type Code, type Detail } from './errors.ts'
import type { Plugin } from './registry/plugin.ts'

/** Whose calls these are: fixed when the command is accepted, and nothing in a call can change it. */
export type Standing = {
  readonly turn: string
  readonly person: string
  readonly channel: string
  readonly conversation: string
  readonly plugin: Plugin
  readonly command: string
  /** The effect that the command declares: a ceiling for its calls. */
  readonly effect: Effect
}

export type Broker = {
  /** Answers with the capability's reply as JSON, or throws `Coded`. */
  call(standing: Standing, capability: string, request: string, signal: AbortSignal): Promise<string>
}

export function createBroker(
  table: Readonly<Record<string, Capability>>,
  powers: Powers,
  policy: () => Pick<Policy, 'decideCall'>,
  audit: Audit,
  now: () => number,
): Broker {
  return {
    async call(standing, name, text, signal) {
      const about = describe(standing, name)
      const refuse = (code: Code, detail: Detail, request?: unknown, rules: readonly string[] = []): Coded => {
        audit.append({
          kind: 'call.refused',
          ...about,
          decision: { effect: 'deny', code, rules: [...rules] },
          detail: { request, ...detail },
        })
        return new Coded(code, { capability: name, ...detail })
      }

      const capability = Object.hasOwn(table, name) ? table[name] : undefined
      if (!capability) throw refuse('CALL_UNKNOWN', {})
      // Before the request is read: what a plugin may not ask for costs it nothing to make, and must cost us nothing to refuse.
      if (!Object.hasOwn(standing.plugin.capabilities, name)) {
        throw refuse('CALL_NOT_GRANTED', { problem: 'the manifest does not ask for it' })
      }
      const request = read(capability.request, text)
      if (!request.ok) throw refuse('CALL_INVALID', { problem: request.problem })
      const redacted = capability.redact(request.value)
      const covered = capability.covers(standing.plugin.capabilities[name], request.value)
      if ('code' in covered) throw refuse(covered.code, covered.detail, redacted)
      if (EFFECTS.indexOf(covered.effect) > EFFECTS.indexOf(standing.effect)) {
        throw refuse('EFFECT_EXCEEDED', { effect: covered.effect, allowed: standing.effect }, redacted)
      }
      const decision = policy().decideCall({
        plugin: standing.plugin.name,
        capability: name,
        request: redacted,
        person: standing.person,
      })
      if (decision.effect !== 'allow') throw refuse('CALL_DENIED', {}, redacted, decision.rules)

      const { seq } = await audit.record({
        kind: 'call.intent',
        ...about,
        decision: { effect: 'allow', code: 'ALLOWED', rules: [...decision.rules] },
        detail: { request: redacted, effect: covered.effect },
      })
      const started = now()
      const outcome = (status: 'ok' | 'error' | 'refused', code: string): void =>
        audit.append({
          kind: 'call.outcome',
          ...about,
          outcome: { status, code, ms: now() - started },
          detail: { intent: seq },
        })
      try {
        const caller = { plugin: standing.plugin.name, turn: standing.turn, person: standing.person, signal }
        const answer = capability.reply.safeParse(await capability.perform(covered.allowed, powers, caller))
        if (!answer.success) throw new Coded('CALL_REPLY_INVALID', { capability: name })
        const json = JSON.stringify(answer.data)
        outcome('ok', 'OK')
        return json
      } catch (error) {
        const coded = error instanceof Coded ? error : new Coded('INTERNAL', {}, { cause: error })
        outcome(ERRORS[coded.code].kind === 'refused' ? 'refused' : 'error', coded.code)
        throw coded
      }
    },
  }
}

function describe({ turn, person, channel, conversation, plugin, command }: Standing, capability: string) {
  return { turn, person, channel, conversation, plugin: plugin.name, version: plugin.version, command, capability }
}

/** A guest chose every byte: deep nesting may exhaust the stack of a parser, which is a refusal like any other. */
function read(schema: z.ZodType, text: string): { ok: true; value: unknown } | { ok: false; problem: string } {
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    if (parsed.success) return { ok: true, value: parsed.data }
    const [issue] = parsed.error.issues
    return {
      ok: false,
      problem: issue ? `${issue.path.join('.') || 'request'}: ${issue.message}`.slice(0, 300) : 'not of the shape',
    }
  } catch {
    return { ok: false, problem: 'not JSON' }
  }
}
