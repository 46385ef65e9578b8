import { test } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describeLine, describeRecord, lineAsJson } from '../../../supervisor/access/audit-print.ts'
import { prepare, seal, sha256Of, storedSchema } from '../../../supervisor/access/audit-record.ts'
import { START } from '../../support/audit-fixture.ts'
import type { AuditRecord, StoredRecord } from '../../../supervisor/access/audit-record.ts'

const ZEROS = '0'.repeat(64)
const lineOf = (record: AuditRecord) => seal(1, ZEROS, prepare(record, START), null).line.subarray(0, -1)
const stored = (record: AuditRecord): StoredRecord => ({
  seq: 1,
  time: '2026-11-22T05:00:00.000Z',
  prev: ZEROS,
  ...record,
})

// Written out, so that the test does not share the implementation's idea of them: C0, DEL, C1, every bidirectional control, separators.
const UNSAFE = [
  '00-1f',
  '7f-9f',
  '61c-61c',
  '200b-200f',
  '2028-202e',
  '2060-2069',
  'feff-feff',
  'd800-dfff',
  'e0001-e007f',
].map((range) => range.split('-').map((end) => Number.parseInt(end, 16)))

function assertSafe(text: string): void {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    const unsafe = UNSAFE.some(([from = 0, to = 0]) => point >= from && point <= to)
    assert.equal(unsafe, false, `U+${point.toString(16)} in ${JSON.stringify(text)}`)
  }
}

test('a record is one readable line', () => {
  const record: AuditRecord = {
    kind: 'call.outcome',
    turn: '01HZX',
    person: 'dingtalk:4220',
    plugin: 'weather',
    version: '1.2.0',
    capability: 'http.fetch',
    decision: { effect: 'deny', code: 'POLICY_DENIED', rules: ['a', 'b'] },
    outcome: { status: 'ok', code: null, ms: 12.5 },
    detail: { host: 'x' },
  }
  assert.equal(
    describeRecord(stored(record)),
    '2026-11-22T05:00:00.000Z #1 call.outcome turn=01HZX person=dingtalk:4220 plugin=weather version=1.2.0 ' +
      'capability=http.fetch decision=deny:POLICY_DENIED rules=a,b outcome=ok ms=12.5 detail={"host":"x"}',
  )
  assert.equal(
    describeRecord(stored({ kind: 'turn.refused', person: null }))
      .split(' ')
      .at(-1),
    'person=-',
  )
})

test('no value can pass for a field or end the line', () => {
  const shown = describeRecord(stored({ kind: 'admin', person: 'a outcome=ok', conversation: 'x\n2026 #2 boot' }))
  assert.ok(shown.includes('person="a outcome=ok"'))
  assert.ok(shown.includes('conversation="x\\n2026 #2 boot"'))
  assert.ok(describeRecord(stored({ kind: 'admin', person: '\\u202e' })).includes('person="\\\\u202e"'))
})

test('control and bidirectional characters are escaped wherever they stand, for people, for programs and in the file', () => {
  const wild = fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        '\u0000',
        '\u001b',
        '\u007f',
        '\u0085',
        '\u009b',
        '\u061c',
        '\u200b',
        '\u200e',
        '\u200f',
        '\u2028',
      ),
      fc.constantFrom(
        '\u202a',
        '\u202b',
        '\u202d',
        '\u202e',
        '\u2066',
        '\u2067',
        '\u2068',
        '\u2069',
        '\ufeff',
        '\ud800',
      ),
      fc.constantFrom('\u{e0041}', '京', 'a', '"', '\\', ' '),
    ),
  })
  fc.assert(
    fc.property(wild, wild, (value, key) => {
      const record: AuditRecord = {
        kind: 'call.intent',
        person: value,
        command: value,
        decision: { effect: 'deny', code: value, rules: [value] },
        detail: { [`k${key}`]: value, deep: [value] },
      }
      const line = lineOf(record)
      for (const text of [describeRecord(stored(record)), line.toString(), describeLine(line), lineAsJson(line)]) {
        assertSafe(text)
      }
      const back = storedSchema.parse(JSON.parse(lineAsJson(line)))
      assert.equal(back.person, value)
      assert.equal(back.detail?.[`k${key}`], value)
    }),
    { numRuns: 500 },
  )
  assert.ok(lineOf({ kind: 'admin', person: '\u202eabc' }).toString().includes('"\\u202eabc"'))
})

test('a line that somebody else wrote into the file is escaped too', () => {
  const raw = Buffer.from(
    `{"seq":1,"time":"2026-11-22T05:00:00.000Z","kind":"admin","prev":"${ZEROS}","person":"\u202e\u009b31m"}`,
  )
  assertSafe(describeLine(raw))
  assert.ok(describeLine(raw).includes('person="\\u202e\\u009b31m"'))
  assertSafe(lineAsJson(raw))
})

test('a line that is no record is described, never shown', () => {
  const torn = Buffer.from('\u001b[2J{"seq":1')
  assert.equal(describeLine(torn), `-- no record: 12 bytes, sha256 ${sha256Of(torn)}`)
  assert.deepEqual(JSON.parse(lineAsJson(torn)), { torn: { bytes: 12, sha256: sha256Of(torn) } })
})
