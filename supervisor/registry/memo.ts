// Remembers what texts gave, so that a reload pays only for what changed. It forgets what two reloads in a row did not use.

export type Memo<T> = {
  get(text: string, make: () => T): T
  forget(text: string): void
  /** Called once a reload. */
  sweep(): void
}

export function createMemo<T>(): Memo<T> {
  let last = new Map<string, T>()
  let now = new Map<string, T>()
  return {
    get(text, make) {
      const known = now.get(text) ?? last.get(text) ?? make()
      now.set(text, known)
      return known
    },
    forget(text) {
      now.delete(text)
      last.delete(text)
    },
    sweep() {
      last = now
      now = new Map()
    },
  }
}
