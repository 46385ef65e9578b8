// Runs one piece of work at a time, however often it is asked for.

/**
 * A function that runs `work` after the run under way, if any. Who asks while a run has not begun shares it; who asks while
 * one is under way gets the next, so that what changed meanwhile is seen.
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting: Promise<T> | null = null
  return () => {
    if (waiting) return waiting
    const run = async () => {
      waiting = null
      return await work()
    }
    waiting = last.then(run, run)
    last = waiting
    return waiting
  }
}
