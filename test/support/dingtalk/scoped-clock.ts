// Owns the list of timers one server has started, so that closing it leaves none; must never run a timer early.

import type { Clock } from './clock.ts'

export type ScopedClock = Clock & { readonly cancelAll: () => void }

/** `clock`, remembering its timers until they have run or `cancelAll` is called. */
export function scopeClock(clock: Clock): ScopedClock {
  const cancels = new Set<() => void>()
  return {
    now: clock.now,
    setTimeout: (run, ms) => {
      const cancel = clock.setTimeout(() => {
        cancels.delete(cancel)
        run()
      }, ms)
      cancels.add(cancel)
      return () => {
        cancels.delete(cancel)
        cancel()
      }
    },
    cancelAll: () => {
      for (const cancel of cancels) cancel()
      cancels.clear()
    },
  }
}
