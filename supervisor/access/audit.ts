// The audit log: takes records from everywhere, in one order, and says when each is durable. No audit, no effect: it never confirms what is not on the disk.
import { Coded } from '../errors.ts'
import { createHeadKeeper } from './audit-head.ts'
import { createQueue } from './audit-queue.ts'
import { prepare } from './audit-record.ts'
import { readTail } from './audit-tail.ts'
import { createWriter } from './audit-writer.ts'
import type { Head, HeadStore, LogFile } from './audit-powers.ts'
import type { AuditRecord } from './audit-record.ts'
import type { Tail } from './audit-tail.ts'
import type { Entry } from './audit-writer.ts'

/** How long a sync, or the last save of the head, may take, in ms: far above any healthy disk, below a person's patience. */
const DEADLINE = 10_000

export type Audit = {
  /** Resolves once the record is on the disk. Rejects with `Coded('AUDIT_UNAVAILABLE')` when it may not be: then do not act. */
  record(record: AuditRecord): Promise<{ seq: number }>
  /** Queues a record of what has happened, in order; durable with the next group, and kept while the disk is full. */
  append(record: AuditRecord): void
  /** Resolves when everything given so far is durable; rejects with `Coded('AUDIT_UNAVAILABLE')`. */
  flush(): Promise<void>
  /** Tries to write again after a failure, as the next record would; says whether the log is healthy now. */
  probe(): Promise<boolean>
  healthy(): boolean
  /** The last durable record. */
  head(): Head
  /** Flushes, saves the head and closes the file. Records given afterwards are refused. */
  close(): Promise<void>
}

export type AuditPowers = {
  readonly file: LogFile
  readonly head: HeadStore
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Hears when writing fails, works again, or records are lost; never gets a record. */
  readonly warn: (what: string, cause: unknown) => void
  /** Longest sync in ms. */
  readonly deadline?: number
}

/** Opens the log where it ended. `tail` says what was found there; the first record carries it, so record `boot` first. */
export async function openAudit(powers: AuditPowers): Promise<{ audit: Audit; tail: Tail }> {
  const tail = readTail(powers.file, await powers.head.load())
  return { audit: createAudit(powers, tail), tail }
}

/** The log, going on after `tail`. Nothing else may write to the file. */
function createAudit(powers: AuditPowers, tail: Tail): Audit {
  const { file, now, warn, deadline = DEADLINE } = powers
  const writer = createWriter({ file, now, tail, deadline })
  const keeper = createHeadKeeper(powers.head, warn)
  const queue = createQueue()
  let lost = 0
  let running: Promise<void> | null = null
  let closing: Promise<void> | null = null

  function put(record: AuditRecord, waiting: Entry['waiting']): void {
    const prepared = prepare(record, now())
    if (closing) return refuse(waiting, 'closed')
    if (lost > 0 && queue.add(prepare({ kind: 'checkpoint', detail: { lost } }, now()), null)) lost = 0
    if (!queue.add(prepared, waiting)) refuse(waiting, 'queue full')
    running ??= run()
  }

  function refuse(waiting: Entry['waiting'], why: string): void {
    if (waiting !== null) return waiting.reject(unavailable(why))
    lost += 1
    if (lost === 1) warn('the audit log cannot take a record of what has happened', unavailable(why))
  }

  /** Writes group after group: all that is queued while one is synced goes into the next. */
  async function run(): Promise<void> {
    // Records given in the same tick share the first group.
    await Promise.resolve()
    try {
      do {
        const group = queue.take()
        if (!(await written(group))) return
      } while (queue.length() > 0)
    } finally {
      running = null
    }
  }

  async function written(group: readonly Entry[]): Promise<boolean> {
    const failing = writer.failed()
    try {
      await writer.commit(group)
    } catch (cause) {
      if (!failing) warn('the audit log cannot be written', cause)
      giveBack(group, cause)
      return false
    }
    if (failing) warn('the audit log is written again', null)
    for (const { waiting, seq } of group) waiting?.resolve({ seq })
    if (writer.head().seq > 0) keeper.keep(writer.head())
    return true
  }

  /** Refuses everybody who waits; keeps what nobody waits for, unless the writer has taken it over. */
  function giveBack(group: readonly Entry[], cause: unknown): void {
    for (const entry of [...group, ...queue.clear()]) {
      if (entry.waiting !== null) entry.waiting.reject(unavailable('write failed', cause))
      else if (entry.seq === 0) queue.keep(entry)
    }
  }

  async function drained(): Promise<void> {
    do {
      await (running ??= run())
      if (writer.failed()) throw unavailable('write failed')
    } while (queue.length() > 0)
  }

  async function shut(): Promise<void> {
    await drained().catch((cause: unknown) => warn('the audit log was closed with records unwritten', cause))
    await keeper.settled(deadline)
    file.close()
  }

  return {
    record: (record) => new Promise((resolve, reject) => put(record, { resolve, reject })),
    append: (record) => put(record, null),
    flush: drained,
    async probe() {
      if (writer.failed()) await (running ??= run())
      return !writer.failed()
    },
    healthy: () => !closing && !writer.failed(),
    head: () => writer.head(),
    close: () => (closing ??= shut()),
  }
}

function unavailable(problem: string, cause?: unknown): Coded {
  return new Coded('AUDIT_UNAVAILABLE', { problem }, { cause })
}
