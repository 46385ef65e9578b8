// Owns a list of things that happened, which a test can inspect or wait on; must never poll.

export type Feed<T> = {
  /** Everything so far, oldest first. */
  readonly all: () => readonly T[]
  /**
   * The oldest entry not taken before that `match`es, now or as soon as it happens, so that it makes no difference
   * whether the test asks before or after. Rejects when nothing has come within 10 s of real time.
   */
  readonly take: (match?: (entry: T) => boolean) => Promise<T>
}

export type WritableFeed<T> = Feed<T> & { readonly append: (entry: T) => void }

type Waiter<T> = { readonly match: (entry: T) => boolean; readonly resolve: (entry: T) => void }

// Long enough for a loaded two-core machine; it only bounds how long a failing test hangs.
const patienceMs = 10_000

/** An empty feed; `what` names its entries in the error of a wait that came to nothing. */
export function createFeed<T>(what: string): WritableFeed<T> {
  const all: T[] = []
  const untaken: T[] = []
  const waiters: Waiter<T>[] = []

  return {
    all: () => all,
    append: (entry) => {
      all.push(entry)
      const index = waiters.findIndex((waiter) => waiter.match(entry))
      if (index === -1) untaken.push(entry)
      else for (const waiter of waiters.splice(index, 1)) waiter.resolve(entry)
    },
    take: (match = () => true) => {
      const index = untaken.findIndex(match)
      const [found] = index === -1 ? [] : untaken.splice(index, 1)
      if (found !== undefined) return Promise.resolve(found)
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const waiter = { match, resolve }
      waiters.push(waiter)
      const deadline = setTimeout(() => {
        waiters.splice(waiters.indexOf(waiter), 1)
        reject(new Error(`no ${what} within ${patienceMs} ms (${all.length} so far)`))
      }, patienceMs)
      return promise.finally(() => clearTimeout(deadline))
    },
  }
}
