// Cuts long text into pieces that fit, where a reader would cut it. Must never lose, add or break a character.

/**
 * The pieces of `text`; joined they are `text` again. Each is as long as `fits` allows, ended after its last paragraph,
 * else its last line, else between two code points. A single code point that does not fit is a piece all the same.
 * @param fits must hold for every shorter piece when it holds for a longer one
 */
export function splitText(text: string, fits: (piece: string) => boolean): string[] {
  const pieces: string[] = []
  let rest = text
  while (rest !== '') {
    const end = fits(rest) ? rest.length : cutPoint(rest.slice(0, longest(rest, fits)))
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return pieces
}

/** The length of the longest start of `text` that fits, at least one code point. */
function longest(text: string, fits: (piece: string) => boolean): number {
  let good = codePointLength(text)
  let bad = text.length
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (fits(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return breaksPair(text, good) ? good - 1 : good
}

function cutPoint(start: string): number {
  for (const separator of ['\n\n', '\n']) {
    const at = start.lastIndexOf(separator)
    if (at !== -1) return at + separator.length
  }
  return start.length
}

function codePointLength(text: string): number {
  return (text.codePointAt(0) ?? 0) > 0xff_ff ? 2 : 1
}

function breaksPair(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xff_ff
}
