// Tells whether a connection still lives: WebSocket pings, counted misses, the jump of the wall clock after sleep. Closes nothing itself.
import type { Clock } from '../powers.ts'

// Connectors in the field use 10 to 60 s; with two misses a dead link is found within a minute,
// which is when DingTalk pushes an unacknowledged message again.
const BEAT_MS = 20_000
const MISSES = 2
// A machine that slept wakes to a socket that looks open and is not.
const JUMP_MS = 2 * BEAT_MS

export type Pulse = {
  readonly start: () => void
  /** Anything at all came in. */
  readonly heard: () => void
  readonly stop: () => void
}

/** A pulse that stands still until started. `onDead` runs once at most, with the reason. */
export function createPulse(clock: Clock, ping: () => void, onDead: (reason: string) => void): Pulse {
  let silent = false
  let misses = 0
  let last = 0
  let cancel = () => {}

  function beat(): void {
    const now = clock.now()
    if (now - last > JUMP_MS) return onDead('the clock jumped')
    misses = silent ? misses + 1 : 0
    if (misses === MISSES) return onDead('no sign of life')
    last = now
    silent = true
    ping()
    cancel = clock.setTimeout(beat, BEAT_MS)
  }

  return {
    start: () => {
      last = clock.now()
      beat()
    },
    heard: () => {
      silent = false
    },
    stop: () => cancel(),
  }
}
