import { test } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import {
  KINDS,
  MAX_LINE,
  prepare,
  recordSchema,
  seal,
  sha256Of,
  storedSchema,
} from '../../../supervisor/access/audit-record.ts'
import { START } from '../../support/audit-fixture.ts'
import type { AuditRecord } from '../../../supervisor/access/audit-record.ts'

const PREV = 'ab'.repeat(32)
const lineOf = (record: AuditRecord) => seal(7, PREV, prepare(record, START), null).line

test('the kinds are those of the contract', () => {
  const contract =
    'boot, drop, proof, config, policy, registry, grant, host, turn.received, turn.routed, turn.refused, turn.done, ' +
    'command.intent, command.outcome, call.intent, call.outcome, call.refused, approval.asked, approval.given, ' +
    'approval.refused, approval.expired, model.call, model.proposal, freeze, admin, job, schedule, retention, checkpoint'
  assert.deepEqual([...KINDS], contract.split(', '))
})

test('a line is JSON that begins with seq, time, kind, prev and ends with one newline', () => {
  const record: AuditRecord = { kind: 'call.intent', turn: 't', detail: { b: 1, a: [null] }, person: null }
  assert.equal(
    lineOf(record).toString(),
    `{"seq":7,"time":"2026-11-22T05:00:00.000Z","kind":"call.intent","prev":"${PREV}","turn":"t","person":null,` +
      '"detail":{"b":1,"a":[null]}}\n',
  )
  assert.equal(
    lineOf({ kind: 'boot' }).toString(),
    `{"seq":7,"time":"2026-11-22T05:00:00.000Z","kind":"boot","prev":"${PREV}"}\n`,
  )
})

test('every record that can be written is one that can be read, within 64 KiB', () => {
  const text = fc.string({ unit: 'binary', maxLength: 400 })
  const record = fc.record(
    {
      kind: fc.constantFrom(...KINDS),
      turn: text,
      person: fc.option(text),
      conversation: text,
      capability: text,
      decision: fc.record({
        effect: fc.constantFrom('allow', 'deny', 'ask'),
        code: fc.option(text),
        rules: fc.array(text, { maxLength: 5 }),
      }),
      outcome: fc.record({
        status: fc.constantFrom('ok', 'error', 'refused', 'timeout', 'killed', 'interrupted'),
        code: fc.option(text),
        ms: fc.double({ noNaN: true, noDefaultInfinity: true }),
      }),
      detail: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
    },
    { requiredKeys: ['kind'] },
  ) as fc.Arbitrary<AuditRecord>
  fc.assert(
    fc.property(record, (given) => {
      const line = lineOf(given)
      assert.ok(line.length <= MAX_LINE)
      assert.equal(line.indexOf(10), line.length - 1)
      const parsed = storedSchema.parse(JSON.parse(line.toString()))
      assert.equal(parsed.kind, given.kind)
    }),
  )
})

test('a detail that would make the line longer than 64 KiB gives way to its size and hash', () => {
  const detail = { text: '京'.repeat(30_000) }
  const json = JSON.stringify(detail)
  const line = lineOf({ kind: 'call.intent', turn: 't', detail })
  assert.deepEqual(JSON.parse(line.toString()).detail, { size: Buffer.byteLength(json), sha256: sha256Of(json) })
  for (const length of [64_000, 65_000, 65_400, 65_536]) {
    assert.ok(lineOf({ kind: 'boot', detail: { text: 'x'.repeat(length) } }).length <= MAX_LINE)
  }
  assert.ok(lineOf({ kind: 'boot', detail: { text: 'x'.repeat(64_000) } }).length > 64_000)
})

test('an id that is too long is cut and keeps its hash, so that nobody escapes the log by length', () => {
  const long = 'x'.repeat(100_000)
  const { capability } = storedSchema.parse(JSON.parse(lineOf({ kind: 'call.refused', capability: long }).toString()))
  assert.equal(capability?.length, 255)
  assert.ok(capability?.endsWith(`… sha256:${sha256Of(long)}`))
})

test('what the schema does not know is refused', () => {
  assert.equal(recordSchema.safeParse({ kind: 'boot', seq: 5 }).success, false)
  assert.equal(recordSchema.safeParse({ kind: 'boot', detail: 'text' }).success, false)
  assert.equal(recordSchema.safeParse({ kind: 'boot', outcome: { status: 'fine', code: null, ms: 1 } }).success, false)
  assert.equal(recordSchema.safeParse({ kind: 'other' }).success, false)
})

test('a note joins the detail and wins over it', () => {
  const noted = (detail: Record<string, unknown> | undefined) => {
    const record: AuditRecord = detail === undefined ? { kind: 'boot' } : { kind: 'boot', detail }
    return JSON.parse(seal(1, PREV, prepare(record, START), { torn: ['a'] }).line.toString()).detail as unknown
  }
  assert.deepEqual(noted(undefined), { torn: ['a'] })
  assert.deepEqual(noted({}), { torn: ['a'] })
  assert.deepEqual(noted({ pid: 1, torn: ['b'] }), { pid: 1, torn: ['a'] })
})
