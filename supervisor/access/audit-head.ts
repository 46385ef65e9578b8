// Hands the chain's head to its store, one save at a time, the newest first. Nothing that is recorded ever waits for it.
import { setImmediate } from 'node:timers/promises'
import type { Head, HeadStore } from './audit-powers.ts'

export type HeadKeeper = {
  keep(head: Head): void
  /** Resolves when the newest head is saved, or could not be, or after `deadline` ms. */
  settled(deadline: number): Promise<void>
}

/** `warn` hears of a save that failed: the log is whole, but a cut-off tail would show only back to the last head saved. */
export function createHeadKeeper(heads: HeadStore, warn: (what: string, cause: unknown) => void): HeadKeeper {
  let newest: Head | null = null
  let saving: Promise<void> | null = null

  async function save(): Promise<void> {
    while (newest !== null) {
      // Whoever waits for the records goes first; a few syncs may pass into one save.
      await setImmediate()
      const head = newest
      newest = null
      try {
        await heads.save(head)
      } catch (cause) {
        warn('the head of the audit log could not be saved', cause)
      }
    }
    saving = null
  }

  return {
    keep(head) {
      newest = head
      saving ??= save()
    },
    async settled(deadline) {
      if (saving === null) return
      const timer = Promise.withResolvers<void>()
      const timeout = setTimeout(timer.resolve, deadline)
      await Promise.race([saving, timer.promise])
      clearTimeout(timeout)
    },
  }
}
