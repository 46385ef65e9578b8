// What waits to be written to the audit log, in order and never more than it has room for. It writes nothing itself.
import type { Prepared } from './audit-record.ts'
import type { Entry } from './audit-writer.ts'

/** Records in one write: few enough that the hashes of all the lines that one crash can tear fit into the next boot record. */
const GROUP = { records: 512, bytes: 1024 * 1024 }
/** About a tenth of a second of a busy log. Beyond it intents are refused; what has happened has as much room again. */
const ROOM = { records: 8192, bytes: 16 * 1024 * 1024 }

export type Queue = {
  /** False, and not taken, when there is no room. */
  add(record: Prepared, waiting: Entry['waiting']): boolean
  /** The next group, empty when nothing waits. */
  take(): Entry[]
  /** Everything, leaving the queue empty. */
  clear(): Entry[]
  /** Takes an entry back, whether there is room or not. */
  keep(entry: Entry): void
  length(): number
}

export function createQueue(): Queue {
  let entries: Entry[] = []
  let bytes = 0

  function keep(entry: Entry): void {
    entries.push(entry)
    bytes += entry.record.size
  }

  return {
    add(record, waiting) {
      const share = waiting === null ? 2 : 1
      if (entries.length >= ROOM.records * share || bytes >= ROOM.bytes * share) return false
      keep({ record, waiting, seq: 0 })
      return true
    },
    take() {
      let end = 0
      let size = 0
      for (const { record } of entries) {
        size += record.size
        if (end > 0 && (end === GROUP.records || size > GROUP.bytes)) break
        end += 1
      }
      const group = entries.splice(0, end)
      for (const { record } of group) bytes -= record.size
      return group
    },
    clear() {
      const all = entries
      entries = []
      bytes = 0
      return all
    },
    keep,
    length: () => entries.length,
  }
}
