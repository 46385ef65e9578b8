// Where something stands in a file that a person wrote. It reads nothing.
import type { Fault } from '../errors.ts'

/** Line and column from 1; columns count UTF-16 units, as editors do. */
export type Spot = { readonly line: number; readonly column: number }
export type Place = Spot & { readonly file: string }

export function faultAt({ file, line, column }: Place, what: string, cure: string): Fault {
  return { file, line, column, what, cure }
}

/** Finds the spots of offsets in one text: lines are counted once, because a hostile file has many lines and many imports. */
export function spotFinder(text: string): (offset: number) => Spot {
  const starts = [0]
  for (const end of text.matchAll(/\r\n|\n|\r/g)) starts.push(end.index + end[0].length)
  return (offset) => {
    let [line, above] = [0, starts.length]
    while (above - line > 1) {
      const middle = (line + above) >> 1
      if ((starts[middle] ?? 0) <= offset) line = middle
      else above = middle
    }
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
}
