// Owns the one notion of time that the test server reads; must never read Date or a timer anywhere else.

export type Clock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Runs `run` once, `ms` from now. The returned function calls it off. */
  readonly setTimeout: (run: () => void, ms: number) => () => void
}

/** The machine's own clock. Its timers never keep the process alive. */
export function createRealClock(): Clock {
  return {
    now: () => Date.now(),
    setTimeout: (run, ms) => {
      const timer = setTimeout(run, ms).unref()
      return () => clearTimeout(timer)
    },
  }
}
