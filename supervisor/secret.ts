// A value that must not be seen: it prints as `[secret]` however it is printed, and opens only to whoever asks for it by name.
import { inspect } from 'node:util'

const MASK = '[secret]'

/** Holds a secret. `reveal()` belongs at the one place that spends it, never in a log, a message or a thrown error. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return MASK
  }
  toJSON(): string {
    return MASK
  }
  [inspect.custom](): string {
    return MASK
  }
}
