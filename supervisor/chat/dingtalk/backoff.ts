// How long to wait before the next connection. Must never give up, and never let a connection that dies young look like a success.

const FIRST_MS = 1_000
const LONGEST_MS = 60_000
// Wrong credentials or an unpublished app do not mend themselves, and DingTalk counts the calls.
const SLOW_MS = 60_000
// A connection that dies younger than this has proved nothing, so the waits go on growing.
const PROVEN_MS = 30_000

/** All results are milliseconds. */
export type Backoff = {
  /** After a failure: anything up to a ceiling that doubles each time. */
  readonly next: () => number
  /** When DingTalk asks for a new connection: at once, but only once until a connection has proved itself. */
  readonly replacement: () => number
  /** While only a person can mend it: one to two minutes. */
  readonly slow: () => number
  /** A connection has ended after that long. */
  readonly lived: (ms: number) => void
}

/**
 * Full jitter, so that a thousand robots do not come back in step after an outage.
 * @param random from 0 up to 1
 */
export function createBackoff(random: () => number): Backoff {
  let failures = 0

  function next(): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures)
    failures += 1
    return random() * ceiling
  }

  return {
    next,
    replacement: () => {
      if (failures > 0) return next()
      failures = 1
      return 0
    },
    slow: () => SLOW_MS * (1 + random()),
    lived: (ms) => {
      if (ms >= PROVEN_MS) failures = 0
    },
  }
}
