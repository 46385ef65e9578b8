// Cuts bytes into lines, whatever pieces they come in. It must never hold more than one unfinished line, nor one without bound.

/** Longer than any line that is written, torn ones included: a group of records is at most 1 MiB. */
const LONGEST = 4 * 1024 * 1024

export type Splitter = {
  /** The lines that this piece completes, without their newlines. Throws when an unfinished line is longer than allowed. */
  push(piece: Uint8Array): Buffer[]
  /** What came after the last newline. */
  rest(): Buffer
}

const NEWLINE = 10

export function createSplitter(longest: number = LONGEST): Splitter {
  let open: Buffer[] = []
  let length = 0
  const rest = () => (open.length === 1 ? (open[0] ?? Buffer.alloc(0)) : Buffer.concat(open))
  return {
    push(piece) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
      const lines: Buffer[] = []
      let from = 0
      for (let to = bytes.indexOf(NEWLINE); to !== -1; to = bytes.indexOf(NEWLINE, from)) {
        open.push(bytes.subarray(from, to))
        lines.push(rest())
        open = []
        length = 0
        from = to + 1
      }
      if (from < bytes.length) open.push(bytes.subarray(from))
      length += bytes.length - from
      if (length > longest) throw new RangeError(`a line is longer than ${longest} bytes`)
      return lines
    },
    rest,
  }
}
