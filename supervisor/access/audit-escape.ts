// Makes text harmless to print. It never drops a character: each unsafe one becomes its \uXXXX escape.

// Control characters (C0, DEL, C1), format characters (every bidirectional control, zero-width and tag characters),
// lone surrogates, and the two separators that some terminals and tools break a line at.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** `text` with its control and format characters as \uXXXX, which in a JSON text keeps its meaning. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, escapeUnits)
}

function escapeUnits(character: string): string {
  let escaped = ''
  for (let unit = 0; unit < character.length; unit++) {
    escaped += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`
  }
  return escaped
}
