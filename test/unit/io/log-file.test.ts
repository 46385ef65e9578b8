import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
} from 'node:fs'
import { renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LogFileError, openLogFile } from '../../../supervisor/io/log-file.ts'
import type { TestContext } from 'node:test'

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'molten-log-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'audit.log')
}
const modeOf = (path: string) => lstatSync(path).mode & 0o777
const coded = (code: string) => (error: unknown) => error instanceof LogFileError && error.code === code
const bytes = (text: string) => Buffer.from(text)

test('a new log has mode 0600 whatever the umask, grows, and can be read back', async (t) => {
  const path = place(t)
  const before = process.umask(0)
  const log = openLogFile(path)
  process.umask(before)
  assert.equal(modeOf(path), 0o600)
  log.write(bytes('one\n'))
  await log.datasync()
  log.write(bytes('二\n'))
  await log.datasync()
  assert.equal(log.size(), 8)
  assert.equal(log.read(4, 100).toString(), '二\n')
  assert.equal(log.read(8, 10).length, 0)
  log.close()
  assert.equal(readFileSync(path, 'utf8'), 'one\n二\n')
})

test('an existing log is appended to and never shortened', (t) => {
  const path = place(t)
  writeFileSync(path, 'before\n', { mode: 0o600 })
  const log = openLogFile(path)
  log.write(bytes('after\n'))
  log.close()
  assert.equal(readFileSync(path, 'utf8'), 'before\nafter\n')
})

test('a mode open to others is tightened', (t) => {
  const path = place(t)
  writeFileSync(path, '')
  chmodSync(path, 0o664)
  openLogFile(path).close()
  assert.equal(modeOf(path), 0o600)
})

test('what is not a regular file with one name is refused, without opening it', (t) => {
  const path = place(t)
  const other = `${path}.other`
  writeFileSync(other, '', { mode: 0o600 })
  symlinkSync(other, path)
  assert.throws(() => openLogFile(path), coded('NOT_REGULAR'))
  rmSync(path)
  symlinkSync(`${path}.nowhere`, path)
  assert.throws(() => openLogFile(path), coded('NOT_REGULAR'))
  rmSync(path)
  linkSync(other, path)
  assert.throws(() => openLogFile(path), coded('LINKED'))
  rmSync(path)
  mkdirSync(path)
  assert.throws(() => openLogFile(path), coded('NOT_REGULAR'))
  rmSync(path, { recursive: true })
  execFileSync('mkfifo', [path])
  assert.throws(() => openLogFile(path), coded('NOT_REGULAR'))
  assert.throws(() => openLogFile('/dev/null'), coded('NOT_REGULAR'))
  assert.throws(() => openLogFile(join(path, '..', 'missing', 'audit.log')), { code: 'ENOENT' })
})

test('a log that was removed, replaced, cut or written by another is not written to, and can be opened again', (t) => {
  const path = place(t)
  const log = openLogFile(path)
  log.write(bytes('one\n'))

  renameSync(path, `${path}.1`)
  assert.throws(() => log.write(bytes('lost\n')), coded('REPLACED'))
  writeFileSync(path, '', { mode: 0o600 })
  assert.throws(() => log.write(bytes('lost\n')), coded('REPLACED'))
  log.reopen()
  log.write(bytes('two\n'))
  assert.equal(readFileSync(path, 'utf8'), 'two\n')
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'one\n')

  truncateSync(path, 2)
  assert.throws(() => log.write(bytes('lost\n')), coded('CHANGED'))
  log.reopen()
  appendFileSync(path, 'foreign')
  assert.throws(() => log.write(bytes('lost\n')), coded('CHANGED'))
  log.reopen()
  log.write(bytes('\nthree\n'))
  assert.equal(readFileSync(path, 'utf8'), 'twforeign\nthree\n')
})

test('a second opening that is refused leaves the first one usable', (t) => {
  const path = place(t)
  const log = openLogFile(path)
  linkSync(path, `${path}.link`)
  assert.throws(() => log.reopen(), coded('LINKED'))
  rmSync(`${path}.link`)
  log.write(bytes('one\n'))
  assert.equal(readFileSync(path, 'utf8'), 'one\n')
})

test('a closed log does nothing more, for its number may be another file by now', async (t) => {
  const path = place(t)
  const log = openLogFile(path)
  log.close()
  assert.throws(() => log.write(bytes('one\n')), coded('CLOSED'))
  assert.throws(() => log.reopen(), coded('CLOSED'))
  assert.throws(() => log.close(), coded('CLOSED'))
  assert.throws(() => log.datasync(), coded('CLOSED'))
  assert.equal(readFileSync(path, 'utf8'), '')
})

/** Root may write everything, so as root these look at the file as nobody does. */
function asOrdinary<T>(act: () => T): T {
  if (process.geteuid?.() !== 0) return act()
  process.seteuid?.(65_534)
  try {
    return act()
  } finally {
    process.seteuid?.(0)
  }
}

test('a log that may only be read is refused with the system’s error', (t) => {
  const path = place(t)
  chmodSync(join(path, '..'), 0o755)
  writeFileSync(path, '')
  chmodSync(path, 0o444)
  assert.throws(() => asOrdinary(() => openLogFile(path)), { code: 'EACCES' })
})

test('a log that is open to others and belongs to somebody else is refused', (t) => {
  if (process.geteuid?.() !== 0) {
    t.skip('only root can make a file that belongs to somebody else')
    return
  }
  const path = place(t)
  writeFileSync(path, '')
  chmodSync(path, 0o666)
  chownSync(path, 65_534, 65_534)
  assert.throws(() => openLogFile(path), coded('TOO_OPEN'))
})
