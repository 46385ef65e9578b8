// The powers that the audit log needs from outside, and the one value they share with it. Types only: nothing here acts.

/** A place in the chain: a record's number and the lowercase hex SHA-256 of its line without the newline. */
export type Head = { readonly seq: number; readonly hash: string }

/** Where the chain begins: the first record ever has seq 1 and this hash as its `prev`. */
export const GENESIS: Head = Object.freeze({ seq: 0, hash: '0'.repeat(64) })

/** One open file that only grows. Nothing in this type can shorten it or write over what it holds. */
export type LogFile = {
  /** Appends all of it, with one `write` unless the system takes less. Throws the system's error; part may then be in the file. */
  write(bytes: Uint8Array): void
  /** Resolves when everything written so far is on the disk (fdatasync). */
  datasync(): Promise<void>
  /** Bytes in the file now. */
  size(): number
  /** `length` bytes from `position`, fewer at the end of the file. */
  read(position: number, length: number): Buffer
  /** Opens the path again, with every check of a first opening; throws and keeps the old one when that fails. */
  reopen(): void
  close(): void
}

/** Keeps the chain's head somewhere else than in the log, so that a log whose tail was cut off is found out. */
export type HeadStore = {
  load(): Head | null | Promise<Head | null>
  save(head: Head): void | Promise<void>
}
