import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, createReadStream, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { openAudit } from '../../supervisor/access/audit.ts'
import { sha256Of } from '../../supervisor/access/audit-record.ts'
import { verifyAudit } from '../../supervisor/access/audit-verify.ts'
import { openLogFile } from '../../supervisor/io/log-file.ts'
import { headFile, open } from '../support/audit-child.ts'
import { lastOf } from '../support/audit-fixture.ts'
import type { ChildProcess } from 'node:child_process'
import type { TestContext } from 'node:test'
import type { Verdict } from '../../supervisor/access/audit-verify.ts'

const CHILD = join(import.meta.dirname, '../support/audit-child.ts')

function place(t: TestContext): { directory: string; log: string; head: string } {
  const directory = mkdtempSync(join(tmpdir(), 'molten-audit-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return { directory, log: join(directory, 'audit.log'), head: join(directory, 'head') }
}

const saidSchema = z.looseObject({ seq: z.number().optional(), healthy: z.boolean().optional() })

/** A child whose JSON lines are read one at a time; killed when the test ends. */
function start(t: TestContext, command: string, args: string[]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<z.infer<typeof saidSchema> | null> => {
    const line = await lines.next()
    return line.done === true ? null : saidSchema.parse(JSON.parse(line.value))
  }
  return { child, next, ended: once(child, 'close') }
}

async function verified(log: string, head: string): Promise<Verdict> {
  return verifyAudit(
    [{ name: log, bytes: createReadStream(log) as AsyncIterable<Buffer> }],
    await headFile(head).load(),
  )
}

/** Opens the log as the next start would, and records its boot. */
async function boot(log: string, head: string) {
  const { audit, tail } = await open(log, head)
  await audit.record({ kind: 'boot' })
  await audit.close()
  return tail
}

test('killed with -9 again and again, the log keeps every record that was confirmed, and verifies', async (t) => {
  const { log, head } = place(t)
  for (let round = 0; round < 4; round++) {
    const { child, next, ended } = start(t, process.execPath, [CHILD, 'flood', log, head])
    let confirmed = 0
    for (let count = 0; count < 40 + round * 15; count++) confirmed = Math.max(confirmed, Number((await next())?.seq))
    child.kill('SIGKILL')
    for (let said = await next(); said !== null; said = await next()) confirmed = Math.max(confirmed, Number(said.seq))
    assert.deepEqual((await ended)[1], 'SIGKILL')

    const crashed = await verified(log, head)
    assert.ok(crashed.ok && crashed.last.seq >= confirmed, JSON.stringify(crashed))
    // A kill rarely tears a line, so every other round one is torn by hand, as a power cut would leave it.
    const torn = `{"seq":${crashed.last.seq + 1},"time":"2026-`
    if (round % 2 === 1) appendFileSync(log, torn)

    const tail = await boot(log, head)
    assert.equal(tail.tampered, null)
    if (round % 2 === 1) assert.equal(tail.torn.at(-1), sha256Of(torn))
    const verdict = await verified(log, head)
    assert.deepEqual(verdict.ok ? null : verdict, null)
  }
})

test('a tail cut off while nobody looked is found at the next start and by verify', async (t) => {
  const { log, head } = place(t)
  const { audit } = await open(log, head)
  for (let index = 0; index < 5; index++) await audit.record({ kind: 'admin', detail: { index } })
  await audit.close()
  const lines = readFileSync(log, 'utf8').split('\n')
  truncateSync(log, Buffer.byteLength(`${lines.slice(0, 3).join('\n')}\n`))
  assert.equal((await verified(log, head)).ok, false)
  const tail = await boot(log, head)
  assert.deepEqual([tail.tampered?.head?.seq, tail.tampered?.found?.seq], [5, 3])
  assert.deepEqual(lastOf(readFileSync(log, 'utf8')).detail, { tampered: tail.tampered })
  assert.equal((await verified(log, head)).ok, false)
})

test('a log that is moved away under a running supervisor is missed at once, and the chain goes on in the new file', async (t) => {
  const { log, head } = place(t)
  const clock = { now: Date.now() }
  const powers = { file: openLogFile(log), head: headFile(head), now: () => clock.now, warn: () => {} }
  const { audit } = await openAudit(powers)
  for (const turn of ['a', 'b']) await audit.record({ kind: 'turn.received', turn })
  renameSync(log, `${log}.1`)
  await assert.rejects(audit.record({ kind: 'command.intent' }), { code: 'AUDIT_UNAVAILABLE' })
  clock.now += 1000
  assert.deepEqual(await audit.record({ kind: 'command.intent' }), { seq: 4 })
  await audit.close()
  const bytes = (name: string) => ({ name, bytes: createReadStream(name) as AsyncIterable<Buffer> })
  const whole = await verifyAudit([bytes(`${log}.1`), bytes(log)], await headFile(head).load())
  assert.deepEqual(whole.ok && whole.records, 4)
  assert.equal((await verified(log, head)).ok, false)
  assert.match(
    readFileSync(log, 'utf8'),
    /^\{"seq":3,.*"kind":"checkpoint".*"what":"the log is gone or empty".*"code":"REPLACED"/,
  )
})

/** Waits for the refusal, makes room, and waits until records are taken again. */
async function refusedThenTaken(run: ReturnType<typeof start>, code: string, makeRoom: (child: ChildProcess) => void) {
  assert.deepEqual(await run.next(), { refused: code, healthy: false })
  makeRoom(run.child)
  run.child.stdin?.write('\n')
  const taken = await run.next()
  assert.equal(taken?.healthy, true)
  return Number(taken?.seq)
}

async function assertMended(log: string, head: string, seq: number, code: string) {
  const text = readFileSync(log, 'utf8')
  const verdict = await verified(log, head)
  assert.deepEqual(verdict.ok && [verdict.last.seq, verdict.torn], [seq, 1], JSON.stringify(verdict))
  assert.equal(text.match(/"turn":"while-full"/g)?.length, 1)
  assert.match(text, new RegExp(`"kind":"checkpoint".*"failure":\\{"code":"${code}"`))
}

test('a limit on the file’s size tears a write in the kernel; records are refused until it is lifted', async (t) => {
  const { log, head } = place(t)
  // 7 blocks of 512 bytes: no multiple of a line. The signal is ignored, as a full disk sends none either.
  const script = `trap '' XFSZ; ulimit -S -f 7; exec "$@"`
  const run = start(t, 'sh', ['-c', script, 'sh', process.execPath, CHILD, 'full', log, head])
  const seq = await refusedThenTaken(run, 'EFBIG', ({ pid }) => {
    const lifted = spawnSync('prlimit', ['--pid', String(pid), '--fsize=unlimited'])
    assert.equal(lifted.status, 0, String(lifted.stderr))
  })
  assert.deepEqual(await run.ended, [0, null])
  await assertMended(log, head, seq, 'EFBIG')
})

test('a full disk refuses records until there is room again', async (t) => {
  const { directory } = place(t)
  const unshare = process.geteuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user']
  const mount = `mount -t tmpfs -o size=32k tmpfs "$0" && head -c 20480 /dev/zero > "$0/ballast"`
  const probe = spawnSync('unshare', [...unshare, 'sh', '-c', mount, directory])
  if (probe.status !== 0) {
    t.skip(`no tmpfs can be mounted here (${String(probe.stderr).trim()}); the test above tears a write without one`)
    return
  }
  // The mount lives in the child's namespace, where the test reaches it through /proc; the log is copied out before it goes.
  const script = `${mount}; out="$1"; shift; "$@" && cp "$0/audit.log" "$0/head" "$out"`
  const out = place(t)
  const inside = [process.execPath, CHILD, 'full', join(directory, 'audit.log'), join(directory, 'head')]
  const run = start(t, 'unshare', [...unshare, 'sh', '-c', script, directory, out.directory, ...inside])
  const seq = await refusedThenTaken(run, 'ENOSPC', ({ pid }) => rmSync(`/proc/${pid}/root${directory}/ballast`))
  assert.deepEqual(await run.ended, [0, null])
  await assertMended(out.log, out.head, seq, 'ENOSPC')
})
