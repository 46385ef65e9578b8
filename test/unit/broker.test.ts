// P2 and P3 at the one door: each check refuses on its own, the intent is durable before the effect, and the outcome follows it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createBroker, type Standing } from '../../supervisor/broker.ts'
import { capability, type Effect, type Powers } from '../../supervisor/capabilities/capability.ts'
import { Coded } from '../../supervisor/errors.ts'
import type { AuditRecord } from '../../supervisor/access/audit-record.ts'
import type { Audit } from '../../supervisor/access/audit.ts'
import type { Decision } from '../../supervisor/access/decision.ts'
import { pluginOf } from '../support/plugin.ts'

function world(
  options: { decision?: Decision; auditFails?: boolean; effect?: Effect; answer?: unknown; granted?: boolean } = {},
) {
  const steps: string[] = []
  const records: AuditRecord[] = []
  const note = (record: AuditRecord): void => {
    steps.push(record.kind)
    records.push(record)
  }
  const audit = {
    async record(record: AuditRecord) {
      if (options.auditFails) throw new Coded('AUDIT_UNAVAILABLE')
      await Promise.resolve()
      note(record)
      return { seq: 7 }
    },
    append: note,
  } as unknown as Audit
  const lamp = capability({
    name: 'lamp',
    summary: 'a lamp',
    grant: z.strictObject({ room: z.string() }),
    request: z.strictObject({ room: z.string(), secret: z.string() }),
    reply: z.strictObject({ lit: z.boolean() }),
    covers: (grant, request) =>
      grant.room === request.room
        ? { allowed: request.room, effect: options.effect ?? 'read' }
        : { code: 'CALL_NOT_GRANTED', detail: { problem: 'another room' } },
    redact: ({ room }) => ({ room }),
    powers: [],
    async perform() {
      steps.push('perform')
      if (options.answer instanceof Error) throw options.answer
      return (options.answer ?? { lit: true }) as { lit: boolean }
    },
  })
  const policy = { decideCall: (): Decision => options.decision ?? { effect: 'allow', rules: ['within-grant'] } }
  const broker = createBroker({ lamp }, {} as Powers, () => policy, audit, Date.now)
  const plugin = pluginOf(
    'switch',
    '',
    {},
    { capabilities: options.granted === false ? {} : { lamp: { room: 'hall' } } },
  )
  const standing: Standing = {
    turn: 'T',
    person: 'terminal:a',
    channel: 'terminal',
    conversation: 'c',
    plugin,
    command: 'go',
    effect: 'read',
  }
  const call = (request: unknown, name = 'lamp') =>
    broker
      .call(
        standing,
        name,
        typeof request === 'string' ? request : JSON.stringify(request),
        new AbortController().signal,
      )
      .then(
        (answer) => answer,
        (error: unknown) => (error instanceof Coded ? error.code : Promise.reject(error)),
      )
  return { call, steps, records }
}

const good = { room: 'hall', secret: 'hush' }

test('a covered call: intent, effect, outcome, in that order; the record is redacted', async () => {
  const { call, steps, records } = world()
  assert.equal(await call(good), '{"lit":true}')
  assert.deepEqual(steps, ['call.intent', 'perform', 'call.outcome'])
  assert.deepEqual(records[0]?.detail, { request: { room: 'hall' }, effect: 'read' })
  assert.deepEqual(
    [records[0]?.turn, records[0]?.person, records[0]?.plugin, records[0]?.capability],
    ['T', 'terminal:a', 'switch', 'lamp'],
  )
  assert.deepEqual([records[1]?.outcome?.status, records[1]?.detail], ['ok', { intent: 7 }])
  assert.ok(!JSON.stringify(records).includes('hush'))
})

const refusals: Record<string, [Parameters<typeof world>[0], unknown, string, string]> = {
  'an unknown capability': [{}, good, 'rocket', 'CALL_UNKNOWN'],
  'a name of Object.prototype': [{}, good, 'constructor', 'CALL_UNKNOWN'],
  'a request of another shape': [{}, { room: 1 }, 'lamp', 'CALL_INVALID'],
  'no JSON': [{}, '{', 'lamp', 'CALL_INVALID'],
  'nesting that exhausts a parser': [{}, '['.repeat(200_000) + ']'.repeat(200_000), 'lamp', 'CALL_INVALID'],
  'a capability that the manifest does not ask for': [{ granted: false }, good, 'lamp', 'CALL_NOT_GRANTED'],
  'a request outside the grant': [{}, { ...good, room: 'vault' }, 'lamp', 'CALL_NOT_GRANTED'],
  'an effect above the command’s': [{ effect: 'write' }, good, 'lamp', 'EFFECT_EXCEEDED'],
  'a forbid of policy': [
    { decision: { effect: 'deny', code: 'CALL_DENIED', rules: ['no-lamps'] } },
    good,
    'lamp',
    'CALL_DENIED',
  ],
  'an ask of policy, which a call cannot wait for': [
    { decision: { effect: 'ask', approvals: 1, rules: [] } },
    good,
    'lamp',
    'CALL_DENIED',
  ],
}
for (const [name, [options, request, capabilityName, code]] of Object.entries(refusals)) {
  test(`${name}: ${code}, audited, not performed`, async () => {
    const { call, steps, records } = world(options)
    assert.equal(await call(request, capabilityName), code)
    assert.deepEqual(steps, ['call.refused'])
    assert.equal(records[0]?.decision?.code, code)
  })
}

test('no audit, no effect', async () => {
  const { call, steps } = world({ auditFails: true })
  assert.equal(await call(good), 'AUDIT_UNAVAILABLE')
  assert.deepEqual(steps, [])
})

test('a failing effect has an outcome, and a thing that is not a refusal of ours becomes INTERNAL', async () => {
  const coded = world({ answer: new Coded('HTTP_TIMEOUT', { host: 'h' }) })
  assert.equal(await coded.call(good), 'HTTP_TIMEOUT')
  assert.deepEqual(
    [coded.steps, coded.records[1]?.outcome?.status],
    [['call.intent', 'perform', 'call.outcome'], 'error'],
  )
  const other = world({ answer: new Error('ENOENT /etc/secret') })
  assert.equal(await other.call(good), 'INTERNAL')
  assert.ok(!JSON.stringify(other.records).includes('/etc/secret'))
})

test('an effect that answers with more than its reply schema is not passed on', async () => {
  const { call, records } = world({ answer: { lit: true, key: 'hush' } })
  assert.equal(await call(good), 'CALL_REPLY_INVALID')
  assert.equal(records[1]?.outcome?.code, 'CALL_REPLY_INVALID')
})
