// The audit log's file: opened only when nobody else can write it, and only ever grown. It never truncates, follows no link, and notices when the file is no longer its own.
import { constants, closeSync, fchmodSync, fdatasync, fstatSync, fsyncSync, lstatSync, openSync } from 'node:fs'
import { readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BigIntStats } from 'node:fs'
import type { LogFile } from '../access/audit-powers.ts'

type Problem = 'NOT_REGULAR' | 'LINKED' | 'TOO_OPEN' | 'REPLACED' | 'CHANGED' | 'SHORT_WRITE' | 'CLOSED'

/** Why the file at the path may not be the log, or no longer is. The system's own errors pass through as they are. */
export class LogFileError extends Error {
  readonly code: Problem
  constructor(code: Problem, path: string, what: string) {
    super(`${path} ${what}`)
    this.name = 'LogFileError'
    this.code = code
  }
}

type Opened = { readonly fd: number; readonly dev: bigint; readonly ino: bigint; size: bigint }

/** Opens or creates (mode 0600) the log; its directory must exist. Throws LogFileError or the system's error. */
export function openLogFile(path: string): LogFile {
  let file: Opened | null = openChecked(path)
  // A number that was closed may by now be another file of this process.
  const current = (): Opened => {
    if (file === null) throw new LogFileError('CLOSED', path, 'is closed')
    return file
  }
  return {
    write(bytes) {
      const opened = current()
      assertInPlace(path, opened)
      for (let done = 0; done < bytes.length;) {
        const taken = writeSync(opened.fd, bytes, done)
        if (taken === 0) throw new LogFileError('SHORT_WRITE', path, 'takes no more bytes')
        opened.size += BigInt(taken)
        done += taken
      }
    },
    datasync() {
      const { fd } = current()
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      fdatasync(fd, (error) => (error ? reject(error) : resolve()))
      return promise
    },
    size: () => fstatSync(current().fd).size,
    read(position, length) {
      const { fd } = current()
      const bytes = Buffer.alloc(length)
      let done = 0
      for (let taken = -1; taken !== 0 && done < length; done += taken) {
        taken = readSync(fd, bytes, done, length - done, position + done)
      }
      return bytes.subarray(0, done)
    },
    reopen() {
      const { fd } = current()
      file = openChecked(path)
      closeSync(fd)
    },
    close() {
      const { fd } = current()
      file = null
      closeSync(fd)
    },
  }
}

function openChecked(path: string): Opened {
  const { O_RDWR, O_APPEND, O_NOFOLLOW, O_CREAT, O_EXCL } = constants
  const before = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (before) assertRegular(path, before) // before opening: to open a pipe or a device may already do something
  const fd = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | (before ? 0 : O_CREAT | O_EXCL), 0o600)
  try {
    const found = fstatSync(fd, { bigint: true })
    assertRegular(path, found)
    tighten(path, fd, found)
    if (!before) syncDirectory(path)
    return { fd, dev: found.dev, ino: found.ino, size: found.size }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function assertRegular(path: string, stats: BigIntStats): void {
  if (stats.isSymbolicLink()) throw new LogFileError('NOT_REGULAR', path, 'is a symbolic link')
  if (!stats.isFile()) throw new LogFileError('NOT_REGULAR', path, 'is no regular file')
  if (stats.nlink !== 1n) throw new LogFileError('LINKED', path, `has ${stats.nlink} names (hard links)`)
}

function tighten(path: string, fd: number, stats: BigIntStats): void {
  if ((stats.mode & 0o077n) === 0n) return
  if (stats.uid !== BigInt(process.geteuid?.() ?? -1)) {
    throw new LogFileError('TOO_OPEN', path, 'is open to others and belongs to somebody else')
  }
  fchmodSync(fd, 0o600)
}

/** A new file survives a power cut only when its directory's entry does. */
function syncDirectory(path: string): void {
  const fd = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Asked before each write, 2 µs: a log that was moved, removed, cut or written by another must not quietly go on. */
function assertInPlace(path: string, opened: Opened): void {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (!found || found.dev !== opened.dev || found.ino !== opened.ino) {
    throw new LogFileError('REPLACED', path, 'is no longer the file that was opened')
  }
  if (found.size !== opened.size) {
    throw new LogFileError('CHANGED', path, `has ${found.size} bytes where ${opened.size} were written`)
  }
}
