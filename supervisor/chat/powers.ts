// The powers that every channel is handed: time, counting, logging. Types only; nothing here acts.

export type Clock = {
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number
  /** Runs `run` once, `ms` from now; the returned function calls it off. */
  readonly setTimeout: (run: () => void, ms: number) => () => void
}

/** Counts one event under a fixed name, such as `frame.malformed`; a name never carries anything from outside. */
export type Count = (event: string) => void

/** Writes one log line. Neither fields nor text may carry a ticket, a token, a webhook or a message's words. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  fields: Readonly<Record<string, string | number | boolean>>,
  text: string,
) => void
