import { test } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { createWalk } from '../../../supervisor/access/audit-chain.ts'
import { GENESIS } from '../../../supervisor/access/audit-powers.ts'
import { prepare, seal, sha256Of } from '../../../supervisor/access/audit-record.ts'
import { verifyAudit } from '../../../supervisor/access/audit-verify.ts'
import { opened, pieces, START, verdictOf } from '../../support/audit-fixture.ts'
import type { Head } from '../../../supervisor/access/audit-powers.ts'

/** A log with two crashes in it: one tore a line, one tore the boot record after a torn line. */
async function sample(): Promise<{ text: string; head: Head }> {
  const one = await opened()
  await one.audit.record({ kind: 'boot', detail: { pid: 1 } })
  for (const turn of ['a', '北京']) await one.audit.record({ kind: 'turn.received', turn })
  const two = await opened({ text: `${one.file.text()}{"seq":4,"time":"20`, head: one.audit.head() })
  await two.audit.record({ kind: 'boot', detail: { pid: 2 } })
  await two.audit.record({ kind: 'command.intent', turn: 'c', detail: { text: 'x'.repeat(40) } })
  const torn = `${two.file.text()}\0\0\0garbage"}\n{"seq":6,"kind":"boo`
  const three = await opened({ text: torn, head: two.audit.head() })
  await three.audit.record({ kind: 'boot', detail: { pid: 3 } })
  for (const turn of ['d', 'e', 'f']) await three.audit.record({ kind: 'turn.done', turn })
  return { text: three.file.text(), head: three.audit.head() }
}

const { text, head } = await sample()
const bytes = Buffer.from(text)
const lines = text.split('\n').slice(0, -1)
const joined = (parts: readonly string[]) => parts.map((line) => `${line}\n`).join('')

test('a whole log verifies, torn lines included, in pieces of any size', async () => {
  for (const piece of [1, 7, 100_000]) {
    assert.deepEqual(await verdictOf(bytes, head, piece), {
      ok: true,
      records: 9,
      first: 1,
      last: head,
      torn: 3,
      unfinished: 0,
    })
  }
})

test('an empty log is whole only when nothing was ever written', async () => {
  assert.equal((await verdictOf('')).ok, true)
  assert.equal((await verdictOf('', head)).ok, false)
})

test('flipping any byte is found', async () => {
  const flip = fc.record({ at: fc.nat(bytes.length - 1), bits: fc.integer({ min: 1, max: 255 }) })
  await fc.assert(
    fc.asyncProperty(flip, async ({ at, bits }) => {
      const changed = Buffer.from(bytes)
      changed.writeUInt8((changed[at] ?? 0) ^ bits, at)
      assert.equal((await verdictOf(changed, head)).ok, false)
    }),
    { numRuns: 500 },
  )
})

test('flipping one bit of each byte is found, one after the other', async () => {
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8((changed[at] ?? 0) ^ 1, at)
    assert.equal((await verdictOf(changed, head)).ok, false, `byte ${at}`)
  }
})

test('deleting any line is found', async () => {
  for (const index of lines.keys()) {
    assert.equal((await verdictOf(joined(lines.toSpliced(index, 1)), head)).ok, false, `line ${index + 1}`)
  }
})

test('swapping any two lines is found', async () => {
  for (const a of lines.keys()) {
    for (const b of lines.keys()) {
      if (a >= b) continue
      const swapped = lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '')
      assert.equal((await verdictOf(joined(swapped), head)).ok, false, `lines ${a + 1} and ${b + 1}`)
    }
  }
})

test('inserting any line is found: a copy, garbage, an empty one, or a record made to follow the one before it', async () => {
  const foreign = fc.oneof(fc.constantFrom(...lines, ''), fc.string({ unit: 'binary' }), fc.json())
  await fc.assert(
    fc.asyncProperty(fc.nat(lines.length), foreign, async (index, line) => {
      const inserted = lines.toSpliced(index, 0, line.replaceAll('\n', ' '))
      assert.equal((await verdictOf(joined(inserted), head)).ok, false)
    }),
    { numRuns: 500 },
  )
  // The best that a forger without the rest of the chain can do: a record that is right where it stands.
  const walk = createWalk(GENESIS)
  for (const [index, line] of lines.entries()) {
    const torn = walk.strays().map(({ hash }) => hash)
    const { seq, hash } = walk.head()
    const record = prepare({ kind: 'boot', detail: { torn, after: hash } }, START)
    const forged = seal(seq + 1, torn.at(-1) ?? hash, record, null)
      .line.toString()
      .trimEnd()
    assert.equal((await verdictOf(joined([...lines.slice(0, index), forged]))).ok, true)
    assert.equal((await verdictOf(joined(lines.toSpliced(index, 0, forged)), head)).ok, false, `line ${index + 1}`)
    walk.take(Buffer.from(line))
  }
})

test('a tail cut off anywhere is found by the head, and only by it', async () => {
  for (let length = 0; length < bytes.length; length++) {
    assert.equal((await verdictOf(bytes.subarray(0, length), head)).ok, false, `cut to ${length} bytes`)
  }
  assert.equal((await verdictOf(joined(lines.slice(0, -1)))).ok, true)
})

test('what came after the last head saved is fine; a forged record there cannot be told from one', async () => {
  const early = { seq: 2, hash: sha256Of(lines[1] ?? '') }
  assert.equal((await verdictOf(bytes, early)).ok, true)
  const forged = seal(head.seq + 1, head.hash, prepare({ kind: 'admin' }, START), null).line
  assert.equal((await verdictOf(Buffer.concat([bytes, forged]), head)).ok, true)
})

test('bytes after the last newline are reported: a write may be in progress', async () => {
  const verdict = await verdictOf(`${text}{"seq":10,`, head)
  assert.deepEqual(verdict.ok && [verdict.records, verdict.unfinished], [9, 10])
})

test('a fault has its file, line and seq, and says what is wrong', async () => {
  const changed = lines.with(1, (lines[1] ?? '').replace('"turn":"a"', '"turn":"b"'))
  assert.deepEqual(await verdictOf(joined(changed), head), {
    ok: false,
    file: 'audit.log',
    line: 3,
    seq: 3,
    what: 'has a prev that is not the SHA-256 of the line before it: one of the two was changed',
  })
  const gap = await verdictOf(joined(lines.toSpliced(1, 1)), head)
  assert.deepEqual(!gap.ok && [gap.line, gap.seq, gap.what], [2, 3, 'has seq 3 where 2 was due'])
  const unnamed = await verdictOf(joined([lines[0] ?? '', 'torn', ...lines.slice(1)]), head)
  assert.deepEqual(!unnamed.ok && [unnamed.line, unnamed.seq], [2, undefined])
  const cut = await verdictOf(joined(lines.slice(0, 3)), head)
  assert.deepEqual(!cut.ok && cut.what, 'is the end, but the last record written was 9: the tail was cut off')
  const other = await verdictOf(bytes, { seq: 9, hash: 'f'.repeat(64) })
  assert.equal(!other.ok && other.line, lines.length)
})

test('a boot that names another torn line does not excuse this one', async () => {
  const first = seal(1, GENESIS.hash, prepare({ kind: 'boot' }, START), null)
  const excuse = (torn: string[], kind: 'boot' | 'admin' = 'boot', after = first.head.hash) =>
    seal(2, sha256Of('torn'), prepare({ kind, detail: { torn, after } }, START), null).line.toString()
  const holds = async (line: string) => (await verdictOf(`${first.line.toString()}torn\n${line}`)).ok
  assert.equal(await holds(excuse([sha256Of('torn')])), true)
  assert.equal(await holds(excuse([sha256Of('turn')])), false)
  assert.equal(await holds(excuse([])), false)
  assert.equal(await holds(excuse([sha256Of('torn'), sha256Of('torn')])), false)
  assert.equal(await holds(excuse([sha256Of('torn')], 'admin')), false)
  assert.equal(await holds(excuse([sha256Of('torn')], 'boot', sha256Of('another'))), false)
})

test('the chain goes on across files, in their order', async () => {
  const file = (name: string, part: string) => ({ name, bytes: pieces(Buffer.from(part), 50) })
  const parts = () => [file('audit.log.1', joined(lines.slice(0, 5))), file('audit.log', joined(lines.slice(5)))]
  assert.equal((await verifyAudit(parts(), head)).ok, true)
  const swapped = await verifyAudit(parts().toReversed(), head)
  assert.equal(!swapped.ok && swapped.file, 'audit.log')
  const missing = await verifyAudit(parts().slice(1), head)
  assert.deepEqual(!missing.ok && [missing.file, missing.line], ['audit.log', 1])
  const start = { seq: 3, hash: sha256Of(lines[2] ?? '') }
  const known = await verifyAudit([file('audit.log', joined(lines.slice(3)))], head, start)
  assert.deepEqual(known.ok && [known.records, known.first], [6, 4])
  const open = await verifyAudit([file('audit.log.1', text.trimEnd()), file('audit.log', '')], head)
  assert.equal(open.ok, false)
})

test('a line without end and a log of garbage are refused without reading them to the end', async () => {
  let pulled = 0
  async function* endless(piece: Buffer) {
    for (; pulled < 100_000; pulled++) yield await Promise.resolve(piece)
  }
  const long = await verifyAudit([{ name: 'a', bytes: endless(Buffer.alloc(65_536, 'x')) }])
  assert.deepEqual(!long.ok && [long.line, long.what], [1, 'is longer than any record'])
  assert.ok(pulled < 100)
  pulled = 0
  const many = await verifyAudit([{ name: 'a', bytes: endless(Buffer.from('x\n'.repeat(100))) }])
  assert.deepEqual(!many.ok && many.line, 1)
  assert.ok(pulled < 100)
})
