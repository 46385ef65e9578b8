// Owns which endpoint fails, how, and how many times more; must never know what the endpoint does.

import type { Clock } from './clock.ts'
import type { Fault } from './fault-kinds.ts'
import type { Answer } from './http-message.ts'
import { matchPath } from './match-path.ts'

export type Faults = {
  /**
   * Makes the next `times` requests (default: all of them) to a path that fits `pattern` fail so, the WebSocket's
   * `/connect` included. The returned function lifts it. Faults of one path strike in the order they were set.
   */
  readonly set: (pattern: string, fault: Fault, times?: number) => () => void
  readonly clear: () => void
}

export type Outcome = {
  readonly proceed: () => void
  readonly answer: (answer: Answer) => void
  readonly reset: () => void
}

export type StrikingFaults = Faults & { readonly strike: (path: string, outcome: Outcome) => void }

/** No faults yet. `strike` takes the one that is due for `path`, or proceeds. */
export function createFaults(clock: Clock): StrikingFaults {
  const planned = new Set<{ readonly pattern: string; readonly fault: Fault; left: number }>()

  function due(path: string): Fault | undefined {
    for (const plan of planned) {
      if (matchPath(plan.pattern, path) === undefined) continue
      plan.left -= 1
      if (plan.left === 0) planned.delete(plan)
      return plan.fault
    }
    return undefined
  }

  return {
    set: (pattern, fault, times = Number.POSITIVE_INFINITY) => {
      const plan = { pattern, fault, left: times }
      planned.add(plan)
      return () => {
        planned.delete(plan)
      }
    },
    clear: () => planned.clear(),
    strike: (path, outcome) => {
      const fault = due(path)
      if (fault === undefined) outcome.proceed()
      else if (fault.kind === 'answer') outcome.answer(fault.answer)
      else if (fault.kind === 'reset') outcome.reset()
      else clock.setTimeout(outcome.proceed, fault.ms)
    },
  }
}
