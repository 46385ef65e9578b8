// Finds where an existing log's chain goes on, and what happened to its end. It only reads; what it finds is a value, never an exception.
import { claimedSeq, createWalk, MAX_STRAYS } from './audit-chain.ts'
import { createSplitter } from './audit-lines.ts'
import { GENESIS } from './audit-powers.ts'
import { sha256Of } from './audit-record.ts'
import type { Walk } from './audit-chain.ts'
import type { Head, LogFile } from './audit-powers.ts'

const MiB = 1024 * 1024
// How far back to look for the head's line. It is normally the last one; a store that could not be written for a while is behind.
const WINDOWS = [MiB, 16 * MiB, 64 * MiB]

/** What of the log is not as the head says. `found` is the last record that the file has, if it has any. */
type Tampered = { readonly what: string; readonly head: Head | null; readonly found: Head | null }

export type Tail = {
  /** The next record has the seq after this one. */
  readonly head: Head
  /** Hashes of the lines after that record that are none: torn by a crash, or foreign. The next record's prev is the last of them. */
  readonly torn: readonly string[]
  /** The file does not end with a newline, so the next write begins with one. */
  readonly open: boolean
  /** How many records the file has after the head: written, but not known to have been confirmed. */
  readonly beyond: number
  readonly tampered: Tampered | null
}

/**
 * Reads the end of the log and compares it with the last head known (null: none is).
 * When the head's line is not in the file, the chain goes on from the head all the same: the hole stays visible for ever.
 */
export function readTail(file: LogFile, head: Head | null): Tail {
  const size = file.size()
  const open = size > 0 && file.read(size - 1, 1)[0] !== 10
  if (head === null) return fromWindow(file, size, open)
  const lines = linesAfter(file, size, head)
  if (lines !== null) return judge(createWalk(head), lines, open, head)
  const found = lastRecord(file, size)
  const what = found === null ? 'the log is gone or empty' : 'the line of the last known record is not in the log'
  return { head, torn: [], open, beyond: 0, tampered: { what, head, found } }
}

function fromWindow(file: LogFile, size: number, open: boolean): Tail {
  const { lines, whole } = lastLines(file, size, MiB)
  if (whole) return judge(createWalk(GENESIS), lines, open, null)
  const anchor = lines.findIndex((line) => claimedSeq(line) !== null)
  const line = lines[anchor]
  const start = line === undefined ? GENESIS : { seq: claimedSeq(line) ?? 0, hash: sha256Of(line) }
  return judge(createWalk(start), lines.slice(anchor + 1), open, null)
}

function judge(walk: Walk, lines: readonly Buffer[], open: boolean, known: Head | null): Tail {
  const start = walk.head().seq
  for (const line of lines) walk.take(line)
  const head = walk.head()
  const strays = walk.strays()
  const base = { head, open, beyond: head.seq - start }
  if (strays.length <= MAX_STRAYS) return { ...base, torn: strays.map((stray) => stray.hash), tampered: null }
  const what = `the last ${strays.length} lines do not follow from record ${head.seq}`
  return { ...base, torn: [], tampered: { what, head: known, found: head } }
}

/** The lines after the head's own, or null when that is nowhere near the end of the file. */
function linesAfter(file: LogFile, size: number, head: Head): Buffer[] | null {
  for (const window of WINDOWS) {
    const { lines, whole } = lastLines(file, size, window)
    const at = lines.findLastIndex((line) => line.includes(`"seq":${head.seq},`) && sha256Of(line) === head.hash)
    if (at !== -1) return lines.slice(at + 1)
    if (whole) return null
  }
  return null
}

function lastRecord(file: LogFile, size: number): Head | null {
  const line = lastLines(file, size, MiB).lines.findLast((candidate) => claimedSeq(candidate) !== null)
  return line === undefined ? null : { seq: claimedSeq(line) ?? 0, hash: sha256Of(line) }
}

/** The lines of the last `window` bytes, an unfinished last one included, a first one that begins before the window not. */
function lastLines(file: LogFile, size: number, window: number): { lines: Buffer[]; whole: boolean } {
  const from = Math.max(0, size - window)
  const splitter = createSplitter(window)
  const lines = splitter.push(file.read(from, size - from))
  const rest = splitter.rest()
  if (rest.length > 0) lines.push(rest)
  return { lines: from === 0 ? lines : lines.slice(1), whole: from === 0 }
}
