// "Did you mean …": the allowed word nearest to the one that was written, or none when nothing is near.

// No word of ours is longer, and the distance costs the product of both lengths.
const LONGEST = 64

/** The word of `words` with the smallest edit distance to `written`, if that is small for its length. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  if (written.length > LONGEST) return undefined
  let best: string | undefined
  let least = slipsAllowed(written) + 1
  for (const word of words) {
    const slips = distance(fold(written), fold(word))
    if (slips < least) [best, least] = [word, slips]
  }
  return best
}

// Beyond a slip in three letters a suggestion misleads.
function slipsAllowed(written: string): number {
  return Math.floor(written.length / 3)
}

// `appKey`, `app-key` and `app_key` are one word to whoever wrote them.
function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** Edit distance in which a swap of neighbours is one slip (optimal string alignment). */
function distance(left: string, right: string): number {
  let before: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const next = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let cost = Math.min(cell(last, column) + 1, cell(next, column - 1) + 1, cell(last, column - 1) + (same ? 0 : 1))
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped) cost = Math.min(cost, cell(before, column - 2) + 1)
      next.push(cost)
    }
    before = last
    last = next
  }
  return cell(last, right.length)
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
