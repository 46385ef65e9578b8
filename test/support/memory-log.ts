// A LogFile in memory whose disk can be full, slow or broken on demand, and which knows what a power cut would leave of it.
import type { LogFile } from '../../supervisor/access/audit-powers.ts'

export type MemoryLog = LogFile & {
  text(): string
  /** What is there plus `bytes`, as if somebody else had written them. */
  smuggle(bytes: string): void
  /** Everything synced, and of the rest the first `kept` bytes. */
  afterCrash(kept: number): string
  /** While set, a write takes this many bytes more and then fails with `code`. */
  full: { code: string; room: number } | null
  /** While set, syncs fail with this code. */
  syncFault: string | null
  /** While true, syncs wait for `release`. */
  held: boolean
  release(): void
  writes: number
  syncs: number
  /** How often it was closed. */
  closed: number
}

export function memoryLog(initial = ''): MemoryLog {
  let bytes = Buffer.from(initial)
  let store = bytes
  const grow = (more: Uint8Array) => {
    const size = bytes.length + more.length
    if (size > store.length) store = Buffer.concat([bytes], size * 2)
    store.set(more, bytes.length)
    bytes = store.subarray(0, size)
  }
  let synced = bytes.length
  let waiting: (() => void)[] = []
  const fail = (code: string) => Object.assign(new Error(`${code}: injected`), { code })

  const log: MemoryLog = {
    full: null,
    syncFault: null,
    held: false,
    writes: 0,
    syncs: 0,
    closed: 0,
    write(more) {
      log.writes += 1
      const room = log.full ? Math.min(log.full.room, more.length) : more.length
      grow(more.subarray(0, room))
      if (!log.full || room === more.length) return
      log.full.room = 0
      throw fail(log.full.code)
    },
    async datasync() {
      log.syncs += 1
      const upTo = bytes.length
      // Like a real sync it ends in a later turn of the event loop, never in the same one.
      await new Promise<void>((resolve) => (log.held ? waiting.push(resolve) : setImmediate(resolve)))
      if (log.syncFault !== null) throw fail(log.syncFault)
      synced = Math.max(synced, upTo)
    },
    size: () => bytes.length,
    read: (position, length) => Buffer.from(bytes.subarray(position, position + length)),
    reopen() {},
    close() {
      log.closed += 1
    },
    text: () => bytes.toString(),
    smuggle(more) {
      grow(Buffer.from(more))
    },
    afterCrash: (kept) => bytes.subarray(0, Math.min(bytes.length, synced + kept)).toString(),
    release() {
      log.held = false
      for (const go of waiting) go()
      waiting = []
    },
  }
  return log
}
