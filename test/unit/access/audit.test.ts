import { test } from 'node:test'
import assert from 'node:assert/strict'
import { Coded } from '../../../supervisor/errors.ts'
import { sha256Of } from '../../../supervisor/access/audit-record.ts'
import { linesOf, opened, START, verdictOf } from '../../support/audit-fixture.ts'

const unavailable = (error: unknown) => error instanceof Coded && error.code === 'AUDIT_UNAVAILABLE'

test('the first record has seq 1 and 64 zeros, and each later prev is the hash of the line before', async () => {
  const { audit, file } = await opened()
  for (const turn of ['a', '二', 'c']) await audit.record({ kind: 'turn.received', turn })
  const raw = file.text().split('\n').slice(0, -1)
  const lines = linesOf(file.text())
  assert.deepEqual(
    lines.map(({ seq }) => seq),
    [1, 2, 3],
  )
  assert.equal(lines[0]?.prev, '0'.repeat(64))
  assert.equal(lines[1]?.prev, sha256Of(raw[0] ?? ''))
  assert.equal(lines[2]?.prev, sha256Of(raw[1] ?? ''))
  assert.deepEqual(audit.head(), { seq: 3, hash: sha256Of(raw[2] ?? '') })
  assert.ok(raw[0]?.startsWith(`{"seq":1,"time":"2026-11-22T05:00:00.000Z","kind":"turn.received","prev":"000`))
})

test('a record is confirmed only after the sync of its line, with its seq', async () => {
  const { audit, file } = await opened()
  file.held = true
  let confirmed = false
  const recorded = audit.record({ kind: 'boot' }).then((written) => {
    confirmed = true
    return written
  })
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  assert.equal(linesOf(file.text()).length, 1)
  assert.equal(confirmed, false)
  file.release()
  assert.deepEqual(await recorded, { seq: 1 })
})

test('all that is queued while one group is synced goes into one write, in the order it was given', async () => {
  const { audit, file } = await opened()
  file.held = true
  const first = audit.record({ kind: 'boot' })
  await new Promise(setImmediate)
  const rest = Array.from({ length: 200 }, (_, index) => {
    if (index % 3 === 0) audit.append({ kind: 'turn.routed', turn: `append-${index}` })
    return audit.record({ kind: 'turn.received', turn: `record-${index}` })
  })
  file.release()
  const seqs = (await Promise.all([first, ...rest])).map(({ seq }) => seq)
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => a - b),
  )
  assert.equal(file.syncs, 2)
  assert.equal(file.writes, 2)
  assert.equal(linesOf(file.text()).length, 1 + 200 + 67)
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('what an append says is durable with the next record and stands before it', async () => {
  const { audit, file } = await opened()
  audit.append({ kind: 'turn.received', turn: 't' })
  audit.append({ kind: 'turn.routed', turn: 't' })
  assert.deepEqual(await audit.record({ kind: 'command.intent', turn: 't' }), { seq: 3 })
  assert.equal(file.syncs, 1)
  assert.deepEqual(
    linesOf(file.text()).map(({ kind }) => kind),
    ['turn.received', 'turn.routed', 'command.intent'],
  )
})

test('what a caller changes after giving a record does not reach the log, and the time is that of the giving', async () => {
  const { audit, file, clock } = await opened()
  const detail = { city: 'Beijing' }
  const recorded = audit.record({ kind: 'call.intent', detail })
  detail.city = 'changed'
  clock.now += 5000
  await recorded
  assert.deepEqual(linesOf(file.text())[0]?.detail, { city: 'Beijing' })
  assert.equal(linesOf(file.text())[0]?.time, '2026-11-22T05:00:00.000Z')
})

test('a record that the schema or JSON cannot hold is refused and leaves no trace', async () => {
  const { audit, file } = await opened()
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  await assert.rejects(audit.record({ kind: 'call.intent', detail: loop }))
  await assert.rejects(audit.record({ kind: 'call.intent', detail: { n: 1n } }))
  // @ts-expect-error no such kind
  await assert.rejects(audit.record({ kind: 'nonsense' }))
  // @ts-expect-error no such field
  await assert.rejects(audit.record({ kind: 'boot', extra: 1 }))
  // @ts-expect-error a detail is an object
  assert.throws(() => audit.append({ kind: 'call.intent', detail: [] }))
  assert.equal(file.text(), '')
  assert.deepEqual(await audit.record({ kind: 'boot' }), { seq: 1 })
})

test('the head goes to its store after the sync, and nobody waits for a store that never answers', async () => {
  const { audit, heads } = await opened()
  await audit.record({ kind: 'boot' })
  await new Promise(setImmediate)
  assert.deepEqual(heads.saved, audit.head())
  heads.save = () => new Promise(() => {})
  await audit.record({ kind: 'drop' })
  await new Promise(setImmediate)
  assert.deepEqual(await audit.record({ kind: 'proof' }), { seq: 3 })
})

test('a store that fails is reported and does not fail the record', async () => {
  const { audit, heads, warnings } = await opened()
  heads.save = () => Promise.reject(new Error('store is down'))
  await audit.record({ kind: 'boot' })
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  assert.deepEqual(warnings, ['the head of the audit log could not be saved'])
  assert.equal(audit.healthy(), true)
})

test('beyond its bound the queue refuses intents at once, still takes what has happened, and says what it lost', async () => {
  const { audit, file, warnings } = await opened()
  file.held = true
  const first = audit.record({ kind: 'boot' })
  await new Promise(setImmediate)
  for (let index = 0; index < 8192; index++) audit.append({ kind: 'turn.routed' })
  await assert.rejects(audit.record({ kind: 'command.intent' }), unavailable)
  for (let index = 0; index < 8192 + 3; index++) audit.append({ kind: 'turn.done' })
  assert.deepEqual(warnings, ['the audit log cannot take a record of what has happened'])
  file.release()
  await first
  await audit.flush()
  await audit.record({ kind: 'drop' })
  const lines = linesOf(file.text())
  assert.equal(lines.length, 1 + 2 * 8192 + 2)
  assert.deepEqual([lines.at(-2)?.kind, lines.at(-2)?.detail], ['checkpoint', { lost: 3 }])
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('the queue is bounded in bytes too', async () => {
  const { audit, file } = await opened()
  file.held = true
  const first = audit.record({ kind: 'boot' })
  await new Promise(setImmediate)
  const detail = { filler: 'x'.repeat(60_000) }
  const records = Array.from({ length: 400 }, () => audit.record({ kind: 'call.intent', detail }))
  const ends = Promise.allSettled(records)
  file.release()
  await first
  const refused = (await ends).filter(({ status }) => status === 'rejected').length
  assert.ok(refused > 100 && refused < 140, `${refused} of 400 refused at 16 MiB`)
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('flush waits for what was appended; close flushes, saves the head, closes the file and refuses what comes later', async () => {
  const { audit, file, heads, warnings } = await opened()
  audit.append({ kind: 'boot' })
  await audit.flush()
  assert.equal(linesOf(file.text()).length, 1)
  audit.append({ kind: 'admin' })
  file.held = true
  const closings = [audit.close(), audit.close()]
  await assert.rejects(audit.record({ kind: 'boot' }), unavailable)
  assert.equal(file.closed, 0)
  file.release()
  await Promise.all(closings)
  assert.equal(linesOf(file.text()).length, 2)
  assert.equal(heads.saved?.seq, 2)
  assert.equal(file.closed, 1)
  assert.equal(audit.healthy(), false)
  assert.deepEqual(warnings, [])
  await assert.rejects(audit.record({ kind: 'boot' }), unavailable)
})

test('a log that is opened again goes on where it ended', async () => {
  const before = await opened()
  await before.audit.record({ kind: 'boot' })
  await before.audit.close()
  const after = await opened({ text: before.file.text(), head: before.heads.saved })
  assert.deepEqual(after.tail, { head: before.heads.saved, torn: [], open: false, beyond: 0, tampered: null })
  assert.deepEqual(await after.audit.record({ kind: 'boot' }), { seq: 2 })
  assert.equal(linesOf(after.file.text())[1]?.detail, undefined)
  assert.equal((await verdictOf(after.file.text(), after.audit.head())).ok, true)
  assert.equal(after.clock.now, START)
})
