// Exit codes of the command line, after sysexits(3), and the one way to end with a sentence.

export const EXIT = Object.freeze({ ok: 0, failure: 1, usage: 2, refused: 77, configuration: 78 })

/** Ends a subcommand with a code and, on standard error, its lines. */
export class Exit extends Error {
  readonly code: number
  readonly lines: readonly string[]
  constructor(code: number, ...lines: string[]) {
    super(lines.join('\n'))
    this.name = 'Exit'
    this.code = code
    this.lines = lines
  }
}
