// One pass over one configuration: what was read, where it stands, and the faults and warnings found so far.
import type { Fault } from '../errors.ts'
import type { Path } from '../yaml/explain.ts'
import type { Source } from '../yaml.ts'

/** The power to read a file: its text and permission bits, or an errno name (EFBIG above `maxBytes`, EFTYPE not a file, EILSEQ not UTF-8). */
export type ReadText = (path: string, maxBytes: number) => { text: string; mode: number } | { code: string }

export type Reader = {
  readonly source: Source
  /** Relative paths are relative to this folder. */
  readonly base: string
  readonly strict: boolean
  /** Whether users who have no business with it may read the configuration itself. */
  readonly open: boolean
  readonly read: ReadText
  /** Both point at the value unless told otherwise, or at what is around it when nothing is written there. */
  fault(path: Path, what: string, cure: string, of?: 'key' | 'value'): void
  warn(path: Path, what: string, cure: string, of?: 'key' | 'value'): void
}

/** What a reader is told before it starts. */
export type Given = Omit<Reader, 'fault' | 'warn'>

/** A reader that puts what it finds into `faults` and `warnings`. */
export function createReader(given: Given, file: string, faults: Fault[], warnings: Fault[]): Reader {
  const into =
    (list: Fault[]): Reader['fault'] =>
    (path, what, cure, of = 'value') => {
      list.push({ file, ...given.source.position(path, of), what, cure })
    }
  return { ...given, fault: into(faults), warn: into(warnings) }
}
