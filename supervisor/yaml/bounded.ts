// Faults in the order of the file, and no more of them than anybody mends in one go: a hostile file has a fault a byte.
import type { Fault } from '../errors.ts'

export const MAX_FAULTS = 100

/** The first `MAX_FAULTS`, by line and column; one more says where the rest begins. */
export function bounded(faults: readonly Fault[]): Fault[] {
  const sorted = faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const next = sorted[MAX_FAULTS]
  if (!next) return sorted
  const rest = { ...next, what: 'there are more faults from here on', cure: 'Mend these first' }
  return [...sorted.slice(0, MAX_FAULTS), rest]
}
