import { test } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { Coded } from '../../../supervisor/errors.ts'
import { sha256Of } from '../../../supervisor/access/audit-record.ts'
import { lineOf, linesOf, opened, START, verdictOf } from '../../support/audit-fixture.ts'
import type { Opened } from '../../support/audit-fixture.ts'

const unavailable = (error: unknown) => error instanceof Coded && error.code === 'AUDIT_UNAVAILABLE'

test('a full disk refuses, then works again: the torn line is kept, ended and named, and the log verifies', async () => {
  const { audit, file, clock, warnings } = await opened()
  await audit.record({ kind: 'boot' })
  const whole = file.size()
  const after = audit.head().hash
  file.full = { code: 'ENOSPC', room: 40 }
  await assert.rejects(audit.record({ kind: 'command.intent', turn: 'a' }), unavailable)
  assert.equal(audit.healthy(), false)
  assert.equal(file.size(), whole + 40)
  const torn = sha256Of(file.text().slice(whole))

  // As long as the disk is full every record is refused, and asking does not write more.
  clock.now += 1000
  await assert.rejects(audit.record({ kind: 'command.intent', turn: 'b' }), unavailable)
  assert.equal(file.size(), whole + 40)

  file.full = null
  // Not asked again within a tenth of a second of the last failure.
  await assert.rejects(audit.record({ kind: 'command.intent', turn: 'c' }), unavailable)
  clock.now += 1000
  assert.deepEqual(await audit.record({ kind: 'command.intent', turn: 'd' }), { seq: 3 })
  assert.equal(audit.healthy(), true)

  const checkpoint = lineOf(file.text().split('\n')[2] ?? '')
  assert.deepEqual(checkpoint, {
    seq: 2,
    time: '2026-11-22T05:00:02.000Z',
    kind: 'checkpoint',
    prev: torn,
    detail: { torn: [torn], after, failure: { code: 'ENOSPC', since: '2026-11-22T05:00:00.000Z' } },
  })
  const verdict = await verdictOf(file.text(), audit.head())
  assert.deepEqual(verdict.ok && [verdict.records, verdict.torn], [3, 1])
  assert.deepEqual(warnings, ['the audit log cannot be written', 'the audit log is written again'])
})

test('records that reached the file but were refused are counted, and their seqs are not used again', async () => {
  const { audit, file, clock } = await opened()
  await audit.record({ kind: 'boot' })
  file.syncFault = 'EIO'
  await assert.rejects(audit.record({ kind: 'command.intent', turn: 'a' }), unavailable)
  file.syncFault = null
  clock.now += 1000
  assert.deepEqual(await audit.record({ kind: 'command.intent', turn: 'b' }), { seq: 4 })
  const lines = linesOf(file.text())
  assert.deepEqual(
    lines.map(({ kind }) => kind),
    ['boot', 'command.intent', 'checkpoint', 'command.intent'],
  )
  assert.deepEqual(lines[2]?.detail, { beyond: 1, failure: { code: 'EIO', since: new Date(START).toISOString() } })
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('what has happened survives the full disk, exactly once and in order', async () => {
  const { audit, file, clock } = await opened()
  await audit.record({ kind: 'boot' })
  const line = `{"seq":2,"time":"2026-11-22T05:00:00.000Z","kind":"turn.done","prev":"${'0'.repeat(64)}","turn":"a"}\n`
  file.full = { code: 'ENOSPC', room: line.length + 10 }
  audit.append({ kind: 'turn.done', turn: 'a' })
  audit.append({ kind: 'turn.done', turn: 'b' })
  await assert.rejects(audit.flush(), unavailable)
  audit.append({ kind: 'turn.done', turn: 'c' })
  await assert.rejects(audit.flush(), unavailable)
  clock.now += 1000
  audit.append({ kind: 'turn.done', turn: 'd' })
  await assert.rejects(audit.flush(), unavailable)
  file.full = null
  clock.now += 1000
  assert.equal(await audit.probe(), true)
  await audit.flush()
  const said = file.text().matchAll(/"turn":"(\w)"\}/g)
  assert.deepEqual(
    [...said].map(([, turn]) => turn),
    ['a', 'b', 'c', 'd'],
  )
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('a sync that does not come back refuses, and nothing is tried before it has ended', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { audit, file, clock } = await opened({ deadline: 3000 })
  await audit.record({ kind: 'boot' })
  file.held = true
  const refused = assert.rejects(audit.record({ kind: 'command.intent' }), unavailable)
  await new Promise(setImmediate)
  t.mock.timers.tick(2999)
  assert.equal(audit.healthy(), true)
  t.mock.timers.tick(1)
  await refused
  clock.now += 1000
  const { writes } = file
  await assert.rejects(audit.record({ kind: 'command.intent' }), unavailable)
  assert.equal(file.writes, writes)
  file.release()
  await new Promise(setImmediate)
  assert.deepEqual(await audit.record({ kind: 'command.intent' }), { seq: 4 })
  assert.equal((await verdictOf(file.text(), audit.head())).ok, true)
})

test('a log that cannot be opened again stays refused until it can', async () => {
  const { audit, file, clock } = await opened()
  await audit.record({ kind: 'boot' })
  file.full = { code: 'EROFS', room: 0 }
  await assert.rejects(audit.record({ kind: 'drop' }), unavailable)
  file.full = null
  file.reopen = () => {
    throw Object.assign(new Error('gone'), { code: 'EACCES' })
  }
  clock.now += 1000
  assert.equal(await audit.probe(), false)
  file.reopen = () => {}
  clock.now += 1000
  assert.equal(await audit.probe(), true)
  const last = linesOf(file.text()).at(-1)
  assert.deepEqual(last?.detail, { failure: { code: 'EROFS', since: new Date(START).toISOString() } })
})

test('a record of the failed group that comes back does not wake a healthy log', async () => {
  const { audit, file } = await opened()
  assert.equal(await audit.probe(), true)
  await audit.flush()
  assert.equal(file.writes, 0)
})

type Act =
  | { act: 'say'; how: 'record' | 'append'; count: number }
  | { act: 'full'; room: number }
  | { act: 'sync-fault' | 'repair' }
  | { act: 'crash'; kept: number; head: 'newest' | 'old' | 'none' }

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        act: fc.constant('say'),
        how: fc.constantFrom('record', 'append'),
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ act: fc.constant('full'), room: fc.integer({ min: 0, max: 900 }) }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('sync-fault', 'repair', 'repair') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        act: fc.constant('crash'),
        kept: fc.integer({ min: 0, max: 900 }),
        head: fc.constantFrom('newest', 'old', 'none'),
      }),
    },
  ),
  { minLength: 1, maxLength: 25 },
)

test('whatever fails in whatever order, all that was confirmed is in the log and the log verifies', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (script) => {
      let log: Opened = await opened()
      const confirmed = new Map<string, number>()
      const happened = new Set<string>()
      let name = 0
      let old = log.heads.saved
      await log.audit.record({ kind: 'boot' })
      for (const step of script) {
        log.clock.now += 1000
        if (step.act === 'full') log.file.full = { code: 'ENOSPC', room: step.room }
        else if (step.act === 'sync-fault') log.file.syncFault = 'EIO'
        else if (step.act === 'repair') Object.assign(log.file, { full: null, syncFault: null })
        else if (step.act === 'crash') {
          await new Promise(setImmediate)
          const head = { newest: log.heads.saved, old, none: null }[step.head]
          log = await opened({ text: log.file.afterCrash(step.kept), head })
          old = head
          happened.clear()
          assert.equal(log.tail.tampered, null)
          await log.audit.record({ kind: 'boot' })
        } else if (step.act === 'say' && step.how === 'append') {
          for (let index = 0; index < step.count; index++, name++) {
            log.audit.append({ kind: 'turn.done', turn: `a${name}` })
            happened.add(`a${name}`)
          }
        } else if (step.act === 'say') {
          const turns = Array.from({ length: step.count }, () => `r${name++}`)
          const ends = await Promise.allSettled(turns.map((turn) => log.audit.record({ kind: 'command.intent', turn })))
          for (const [index, end] of ends.entries()) {
            if (end.status === 'fulfilled') confirmed.set(turns[index] ?? '', end.value.seq)
          }
        }
      }
      log.clock.now += 1000
      Object.assign(log.file, { full: null, syncFault: null })
      await log.audit.probe()
      await log.audit.close()
      const verdict = await verdictOf(log.file.text(), log.heads.saved)
      assert.deepEqual(verdict.ok ? null : verdict, null)
      const found = new Map<string, number>()
      for (const line of log.file.text().split('\n')) {
        const match = /^\{"seq":(\d+),.*"turn":"(\w+)"\}$/.exec(line)
        if (!match) continue
        assert.equal(found.has(match[2] ?? ''), false, `${match[2]} is in the log twice`)
        found.set(match[2] ?? '', Number(match[1]))
      }
      for (const turn of happened) assert.equal(found.has(turn), true, `${turn} is not in the log`)
      for (const [turn, seq] of confirmed) assert.equal(found.get(turn), seq)
    }),
    { numRuns: 400 },
  )
})
