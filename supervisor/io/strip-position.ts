// Finds the place of a TypeScript error, which Node tells only as a drawing at the head of the error's stack.

/** Line and column from 1. Where the drawing has no caret: the line's end, or its first word when the error spans lines. */
export function stripPosition(stack: string, source: string): { line: number; column: number } {
  const drawing = stack.split(/\n[\w]*Error \[ERR_/)[0] ?? ''
  const line = Number(/^[^\n]*:(\d+)\n/.exec(drawing)?.[1] ?? 1)
  const text = source.split(/\r\n|\n|\r/)[line - 1] ?? ''
  const caret = /^( *)\^+ *$/m.exec(drawing)?.[1]
  if (caret !== undefined) return { line, column: columnUnder(text, caret.length) }
  const spansLines = /^ +> /m.test(drawing)
  return { line, column: (spansLines ? text.length - text.trimStart().length : text.length) + 1 }
}

/** The drawing shows tabs as stops of four and East Asian characters two cells wide. */
function columnUnder(text: string, cells: number): number {
  let drawn = 0
  let column = 1
  for (const character of text) {
    if (drawn >= cells) break
    drawn += character === '\t' ? 4 - (drawn % 4) : width(character)
    column += character.length
  }
  return column
}

function width(character: string): number {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0
  return /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u.test(
    character,
  )
    ? 2
    : 1
}
