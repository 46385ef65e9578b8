import { test } from 'node:test'
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit } from '../../../supervisor/cli/audit.ts'
import { lineOf, opened } from '../../support/audit-fixture.ts'
import type { Head } from '../../../supervisor/access/audit-powers.ts'
import type { TestContext } from 'node:test'

async function sample(): Promise<{ lines: string[]; head: Head }> {
  const log = await opened()
  await log.audit.record({ kind: 'boot', detail: { pid: 1 } })
  for (let index = 0; index < 20; index++) await log.audit.record({ kind: 'turn.received', turn: `t${index}` })
  return { lines: log.file.text().split('\n').slice(0, -1), head: log.audit.head() }
}

const { lines, head } = await sample()
const joined = (parts: readonly string[]) => parts.map((line) => `${line}\n`).join('')

function place(t: TestContext, text?: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'molten-cli-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'audit.log')
  if (text !== undefined) writeFileSync(path, text)
  return path
}

async function run(logPath: string, args: string[], stored: Head | null = head) {
  const out: string[] = []
  const err: string[] = []
  const code = await audit(args, {
    logPath,
    head: stored,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  })
  return { code, out, err }
}

test('verify counts the records and names the last hash', async (t) => {
  assert.deepEqual(await run(place(t, joined(lines)), ['verify']), {
    code: 0,
    out: [`21 records, unbroken; last 21 ${head.hash}`],
    err: [],
  })
})

test('verify without a stored head says what it cannot know', async (t) => {
  const { code, out } = await run(place(t, joined(lines)), ['verify'], null)
  assert.deepEqual([code, out[1]], [0, 'no head is stored: a tail that was cut off would not show'])
})

test('verify names file and line of what is broken and exits 1', async (t) => {
  const path = place(t, joined(lines.toSpliced(4, 1)))
  assert.deepEqual(await run(path, ['verify']), {
    code: 1,
    out: [],
    err: [`${path}:5: record 6 has seq 6 where 5 was due`],
  })
  const cut = await run(place(t, joined(lines.slice(0, 20))), ['verify'])
  assert.equal(cut.code, 1)
  assert.match(cut.err[0] ?? '', /:20: record 20 is the end, but the last record written was 21: the tail was cut off$/)
})

test('verify follows the chain through rotated files, oldest first', async (t) => {
  const path = place(t)
  for (let index = 0; index < 11; index++) writeFileSync(`${path}.${11 - index}`, `${lines[index]}\n`)
  writeFileSync(`${path}.bak`, 'not part of the log')
  writeFileSync(path, joined(lines.slice(11)))
  assert.equal((await run(path, ['verify'])).code, 0)
  rmSync(`${path}.5`)
  assert.equal((await run(path, ['verify'])).code, 1)
})

test('a log that cannot be read exits 1 and says why', async (t) => {
  const path = place(t)
  for (const verb of ['verify', 'tail']) {
    const { code, err } = await run(path, [verb])
    assert.equal(code, 1)
    assert.match(err.join(), /ENOENT/)
  }
})

test('what is not a command prints the usage and exits 2', async (t) => {
  const path = place(t, joined(lines))
  const wrong = [
    [],
    ['other'],
    ['verify', 'x'],
    ['tail', '-n', 'x'],
    ['tail', '--what'],
    ['tail', 'x'],
    ['tail', '-n', '-1'],
  ]
  for (const args of wrong) {
    const { code, out, err } = await run(path, args)
    assert.deepEqual([code, out], [2, []], args.join(' '))
    assert.match(err[0] ?? '', /^usage: /)
  }
})

test('tail prints the last records, ten unless told, also from far back', async (t) => {
  const path = place(t, joined(lines))
  const seqs = ({ out }: { out: string[] }) => out.map((line) => Number(/#(\d+)/.exec(line)?.[1]))
  assert.deepEqual(seqs(await run(path, ['tail'])), [12, 13, 14, 15, 16, 17, 18, 19, 20, 21])
  assert.deepEqual(seqs(await run(path, ['tail', '-n', '2'])), [20, 21])
  assert.deepEqual(seqs(await run(path, ['tail', '-n', '0'])), [])
  assert.equal((await run(path, ['tail', '-n', '999'])).out.length, 21)
  const long = place(t, joined([...lines, 'x'.repeat(600_000), ...lines.slice(-1)]))
  assert.equal((await run(long, ['tail', '-n', '3'])).out.length, 3)
})

test('tail shows a torn line as such and leaves an unfinished one out; --json prints records as JSON', async (t) => {
  const path = place(t, `${joined(lines)}\u001b[31mtorn\n{"seq":22`)
  const { out } = await run(path, ['tail', '-n', '2'])
  assert.match(out[1] ?? '', /^-- no record: 9 bytes, sha256 [0-9a-f]{64}$/)
  const json = (await run(path, ['tail', '-n', '2', '--json'])).out.map((line) => JSON.parse(line) as unknown)
  assert.deepEqual(json[0], JSON.parse(lines[20] ?? ''))
  assert.match(JSON.stringify(json[1]), /^\{"torn":/)
})

test('tail -f prints what is appended, each record once and whole, and goes on in the file that replaces the log', async (t) => {
  const path = place(t, joined(lines.slice(0, 18)) + (lines[18] ?? '').slice(0, 30))
  const out: number[] = []
  const stop = new AbortController()
  let seen = Promise.withResolvers<void>()
  const next = async (count: number) => {
    while (out.length < count) {
      await seen.promise
      seen = Promise.withResolvers<void>()
    }
  }
  const context = {
    logPath: path,
    head,
    err: () => {},
    out: (line: string) => {
      out.push(lineOf(line).seq)
      seen.resolve()
    },
    signal: stop.signal,
  }
  const ended = audit(['tail', '-f', '--json', '-n', '1'], context)
  await next(1)
  appendFileSync(path, `${(lines[18] ?? '').slice(30)}\n`)
  await next(2)
  renameSync(path, `${path}.1`)
  writeFileSync(path, joined(lines.slice(19)))
  await next(4)
  stop.abort()
  assert.equal(await ended, 0)
  assert.deepEqual(out, [18, 19, 20, 21])
})
