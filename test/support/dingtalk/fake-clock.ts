// Owns a clock that moves only when a test says so; must never look at real time.

import type { Clock } from './clock.ts'

export type FakeClock = Clock & {
  /** Moves time on by `ms`, running whatever falls due on the way, in order of its time and then of its making. */
  readonly advance: (ms: number) => void
  /** How many timers wait. */
  readonly pending: () => number
  /** Resolves once at least `count` timers wait, so that advancing cannot come before what it should wake. */
  readonly asleep: (count?: number) => Promise<void>
}

type Timer = { readonly due: number; readonly run: () => void }

/** A clock that stands at `start` (ms since the epoch; default 2026-01-31, the day of the captured frames). */
export function createFakeClock(start = 1_769_851_697_611): FakeClock {
  let now = start
  const timers = new Set<Timer>()
  const watchers = new Set<() => void>()

  function earliest(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.due <= until && (first === undefined || timer.due < first.due)) first = timer
    }
    return first
  }

  return {
    now: () => now,
    setTimeout: (run, ms) => {
      const timer = { due: now + Math.max(0, ms), run }
      timers.add(timer)
      for (const look of watchers) look()
      return () => {
        timers.delete(timer)
      }
    },
    advance: (ms) => {
      const until = now + ms
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        timers.delete(timer)
        now = timer.due
        timer.run()
      }
      now = until
    },
    pending: () => timers.size,
    asleep: (count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (timers.size < count) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
  }
}
