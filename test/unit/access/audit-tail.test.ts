import { test } from 'node:test'
import assert from 'node:assert/strict'
import { GENESIS } from '../../../supervisor/access/audit-powers.ts'
import { sha256Of } from '../../../supervisor/access/audit-record.ts'
import { readTail } from '../../../supervisor/access/audit-tail.ts'
import { lastOf, lineOf, linesOf, opened, verdictOf } from '../../support/audit-fixture.ts'
import { memoryLog } from '../../support/memory-log.ts'
import type { Head } from '../../../supervisor/access/audit-powers.ts'

async function logOf(records: number): Promise<{ text: string; heads: Head[] }> {
  const { audit, file } = await opened()
  const heads = [GENESIS]
  for (let index = 0; index < records; index++) {
    await audit.record({ kind: index === 0 ? 'boot' : 'turn.received', turn: `t${index}` })
    heads.push(audit.head())
  }
  return { text: file.text(), heads }
}

const { text, heads } = await logOf(6)
const at = (seq: number): Head => heads[seq] ?? GENESIS
const cutTo = (count: number) =>
  text
    .split('\n')
    .slice(0, count)
    .map((line) => `${line}\n`)
    .join('')

test('a new log begins at the beginning', () => {
  assert.deepEqual(readTail(memoryLog(), null), { head: GENESIS, torn: [], open: false, beyond: 0, tampered: null })
})

test('records after the last head saved are counted, not suspected', async () => {
  assert.deepEqual(readTail(memoryLog(text), at(4)), {
    head: at(6),
    torn: [],
    open: false,
    beyond: 2,
    tampered: null,
  })
  const { audit, file } = await opened({ text, head: at(4) })
  await audit.record({ kind: 'boot', detail: { pid: 7 } })
  assert.deepEqual(linesOf(file.text()).at(-1)?.detail, { pid: 7, beyond: 2 })
  assert.equal(readTail(memoryLog(text), null).beyond, 6)
})

test('a torn line is ended, kept, and named by the next boot; prev goes over it', async () => {
  const torn = '{"seq":7,"time":"2026-11-2'
  const { audit, tail, file, heads: store } = await opened({ text: text + torn, head: at(6) })
  assert.deepEqual(tail, { head: at(6), torn: [sha256Of(torn)], open: true, beyond: 0, tampered: null })
  assert.deepEqual(await audit.record({ kind: 'boot', detail: { pid: 7 } }), { seq: 7 })
  assert.ok(file.text().startsWith(`${text}${torn}\n{"seq":7,`))
  const boot = lastOf(file.text())
  assert.equal(boot.prev, sha256Of(torn))
  assert.deepEqual(boot.detail, { pid: 7, torn: [sha256Of(torn)], after: at(6).hash })
  await audit.record({ kind: 'drop' })
  await audit.close()
  assert.equal((await verdictOf(file.text(), store.saved)).ok, true)
})

test('when the first record is no boot, a checkpoint names the torn line', async () => {
  const { audit, file } = await opened({ text: `${text}torn`, head: at(6) })
  await audit.record({ kind: 'admin' })
  const [checkpoint, admin] = file.text().split('\n').slice(-3, -1).map(lineOf)
  assert.deepEqual([checkpoint?.kind, admin?.kind], ['checkpoint', 'admin'])
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('a whole record that lacks only its newline is a record', async () => {
  const { audit, tail, file } = await opened({ text: text.slice(0, -1), head: at(5) })
  assert.deepEqual([tail.head, tail.torn, tail.open], [at(6), [], true])
  await audit.record({ kind: 'boot' })
  const verdict = await verdictOf(file.text(), audit.head())
  assert.deepEqual(verdict.ok && [verdict.records, verdict.torn], [7, 0])
})

test('a cut-off tail is found, told by the first record, and stays visible for ever', async () => {
  const { audit, tail, file } = await opened({ text: cutTo(4), head: at(6) })
  assert.deepEqual(tail.tampered, {
    what: 'the line of the last known record is not in the log',
    head: at(6),
    found: at(4),
  })
  assert.deepEqual(await audit.record({ kind: 'boot' }), { seq: 7 })
  assert.deepEqual(linesOf(file.text()).at(-1)?.detail, { tampered: tail.tampered })
  const verdict = await verdictOf(file.text(), audit.head())
  assert.deepEqual(!verdict.ok && [verdict.line, verdict.seq], [5, 7])
  // Whoever still has the lines that were cut off can put them back.
  const boot = file.text().split('\n').at(-2) ?? ''
  assert.equal((await verdictOf(`${text}${boot}\n`, audit.head())).ok, true)
})

test('a log that is gone, one whose last record was rewritten, and another log altogether are found', async () => {
  assert.equal(readTail(memoryLog(), at(6)).tampered?.what, 'the log is gone or empty')
  const rewritten = readTail(memoryLog(text.replace('"turn":"t5"', '"turn":"tX"')), at(6))
  assert.deepEqual([rewritten.tampered?.found?.seq, rewritten.head], [6, at(6)])
  assert.notEqual(readTail(memoryLog(`${cutTo(3)}garbage`), at(6)).tampered, null)
  assert.equal(readTail(memoryLog('x\n'.repeat(100)), at(6)).tampered?.found, null)
})

test('more lines than a crash can tear are no torn tail', async () => {
  const few = readTail(memoryLog(text + 'x\n'.repeat(600)), at(6))
  assert.deepEqual([few.torn.length, few.tampered], [600, null])
  const many = readTail(memoryLog(text + 'x\n'.repeat(601)), at(6))
  assert.deepEqual([many.torn.length, many.tampered?.what], [0, 'the last 601 lines do not follow from record 6'])
  const { audit, file } = await opened({ text: text + 'x\n'.repeat(600), head: at(6) })
  await audit.record({ kind: 'boot', detail: { filler: 'x'.repeat(30_000) } })
  assert.ok((file.text().split('\n').at(-2)?.length ?? 0) <= 64 * 1024)
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('the head is found far back, and without one the end of a long log suffices', async () => {
  const { audit, file, heads: store } = await opened()
  await audit.record({ kind: 'boot' })
  await new Promise(setImmediate)
  const early = store.saved
  const detail = { filler: 'x'.repeat(60_000) }
  for (let index = 0; index < 40; index++) await audit.record({ kind: 'call.intent', detail })
  assert.ok(file.size() > 2 * 1024 * 1024)
  assert.deepEqual(readTail(file, early), { head: audit.head(), torn: [], open: false, beyond: 40, tampered: null })
  const { head, tampered } = readTail(file, null)
  assert.deepEqual([head, tampered], [audit.head(), null])
})
