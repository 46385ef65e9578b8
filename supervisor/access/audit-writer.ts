// Holds the chain's position and writes groups of records to the log. It must never confirm what is not on the disk, nor shorten or rewrite the file.
import { readTail } from './audit-tail.ts'
import { prepare, seal } from './audit-record.ts'
import type { Head, LogFile } from './audit-powers.ts'
import type { Prepared } from './audit-record.ts'
import type { Tail } from './audit-tail.ts'

// A full disk is asked again at most this often, in ms: opening costs about one, and every refused record would ask.
const RETRY = 100

/** A record on its way. `waiting` is set when somebody is told of its end; one that nobody waits for outlives a failure. */
export type Entry = {
  readonly record: Prepared
  readonly waiting: { resolve(written: { seq: number }): void; reject(error: Error): void } | null
  /** 0 until it is first written. */
  seq: number
}

export type Writer = {
  /**
   * Resolves when all of them are durable, in this order, with their seq.
   * Rejects when not: those still with seq 0 were not tried, the others may be in the file and are no more the caller's matter.
   */
  commit(entries: readonly Entry[]): Promise<void>
  failed(): boolean
  /** The last durable record. */
  head(): Head
}

type Failure = { readonly code: string; readonly since: number; tried: number; cause: unknown }

/** Goes on where `tail` says. `deadline` is how long, in ms, one sync may take before the log counts as failed. */
export function createWriter(powers: { file: LogFile; now: () => number; tail: Tail; deadline: number }): Writer {
  const { file, now, deadline } = powers
  let { head, torn, open } = powers.tail
  let note = findings(powers.tail)
  let failure: Failure | null = null
  // What nobody waits for of the group that failed. It tells of what has happened, so it is written once that works again.
  let carried: readonly Entry[] = []
  let hanging = false

  async function commit(entries: readonly Entry[]): Promise<void> {
    if (failure) {
      recover(failure)
      await write(carried)
    }
    if (entries.length > 0) await write(entries)
  }

  async function write(entries: readonly Entry[]): Promise<void> {
    const group = note && entries[0]?.record.kind !== 'boot' ? [checkpoint(), ...entries] : entries
    try {
      const { bytes, last } = chained(group)
      file.write(bytes)
      await synced()
      head = last
      torn = []
      open = false
      note = null
      carried = []
      failure = null
    } catch (cause) {
      failure = { code: codeOf(cause), since: failure?.since ?? now(), tried: now(), cause }
      carried = entries.filter((entry) => entry.waiting === null)
      throw cause
    }
  }

  function chained(group: readonly Entry[]): { bytes: Buffer; last: Head } {
    const parts: Buffer[] = open ? [Buffer.from('\n')] : []
    let last = head
    let prev = torn.at(-1) ?? head.hash
    for (const [index, entry] of group.entries()) {
      const sealed = seal(last.seq + 1, prev, entry.record, index === 0 ? note : null)
      parts.push(sealed.line)
      last = sealed.head
      prev = last.hash
      entry.seq = last.seq
    }
    return { bytes: Buffer.concat(parts), last }
  }

  /** Opens the log again and reads what the failure left of the last group; throws while that is not possible. */
  function recover(failed: Failure): void {
    if (hanging || Math.abs(now() - failed.tried) < RETRY) throw failed.cause
    failed.tried = now()
    file.reopen()
    const tail = readTail(file, head.seq > 0 ? head : null)
    ;({ head, torn, open } = tail)
    carried = carried.filter((entry) => entry.seq > head.seq)
    const since = new Date(failed.since).toISOString()
    note = { ...note, torn: undefined, after: undefined, ...findings(tail), failure: { code: failed.code, since } }
  }

  function checkpoint(): Entry {
    return { record: prepare({ kind: 'checkpoint' }, now()), waiting: null, seq: 0 }
  }

  async function synced(): Promise<void> {
    const sync = file.datasync()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      hanging = true
      late.reject(Object.assign(new Error(`the disk took longer than ${deadline} ms`), { code: 'ETIMEDOUT' }))
    }, deadline)
    const settled = () => {
      clearTimeout(timer)
      hanging = false
    }
    sync.then(settled, settled)
    await Promise.race([sync, late.promise])
  }

  return { commit, failed: () => failure !== null, head: () => head }
}

/** What the next record has to say of the tail, or null when the log ended as it should. */
function findings(tail: Tail): Record<string, unknown> | null {
  const { head, torn, tampered, beyond } = tail
  if (torn.length === 0 && tampered === null && beyond === 0) return null
  return {
    ...(torn.length > 0 && { torn, after: head.hash }),
    ...(tampered && { tampered }),
    ...(beyond > 0 && { beyond }),
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'UNKNOWN'
}
