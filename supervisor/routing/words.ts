// Splits what follows a slash command into words; knows quotes, knows nothing of commands, and never fails.

/** One word. `start` and `end` are offsets into the text, so that the rest of a line can be taken as it was typed. */
export type Word = {
  /** Without its quotes; as typed when it is not quoted as a whole. */
  readonly text: string
  readonly start: number
  readonly end: number
  readonly quoted: boolean
  /** Set when an unquoted word reads `key=value`; whether that is what it means depends on the command. */
  readonly pair: { readonly key: string; readonly value: string; readonly quoted: boolean } | null
  /** It, or its value, opens a quote that does not close before a space. Apostrophes ('tis) do not count. */
  readonly unclosed: boolean
}

const CLOSING: Readonly<Record<string, string>> = { '"': '"', "'": "'", '“': '”', '‘': '’', '「': '」', '＂': '＂' }
const APOSTROPHES = "'‘"
const PAIR = /([^\s=＝"'“‘「＂]+)[=＝]/y

/** The words of `text`, in order. Whitespace is Unicode's, so the full-width space counts. Linear in the text. */
export function splitWords(text: string): readonly Word[] {
  const words: Word[] = []
  // A closing mark that was not found once is not further on either: without this, quotes alone cost n².
  const absent = new Set<string>()
  for (let at = skipSpace(text, 0); at < text.length;) {
    const word = readWord(text, at, absent)
    words.push(word)
    at = skipSpace(text, word.end)
  }
  return words
}

function readWord(text: string, start: number, absent: Set<string>): Word {
  const whole = readQuoted(text, start, absent)
  if (whole) return { text: whole.value, start, end: whole.end, quoted: true, pair: null, unclosed: false }

  PAIR.lastIndex = start
  const key = PAIR.exec(text)
  const from = key ? PAIR.lastIndex : start
  const quote = key ? readQuoted(text, from, absent) : null
  const end = quote ? quote.end : wordEnd(text, from)
  const pair = key ? { key: key[1] ?? '', value: quote?.value ?? text.slice(from, end), quoted: quote !== null } : null
  const first = text[from] ?? ''
  const unclosed = !quote && Object.hasOwn(CLOSING, first) && !APOSTROPHES.includes(first)
  return { text: text.slice(start, end), start, end, quoted: false, pair, unclosed }
}

/** What the quote opening at `start` holds, if it closes right before a space or the end. */
function readQuoted(text: string, start: number, absent: Set<string>): { value: string; end: number } | null {
  const open = text[start] ?? ''
  const close = CLOSING[open]
  if (close === undefined || absent.has(close)) return null
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const next = text[at + 1] ?? ''
    if (open === '"' && text[at] === '\\' && (next === '"' || next === '\\')) {
      value += next
      at++
    } else if (text[at] === close && (next === '' || isSpace(next))) {
      return { value, end: at + 1 }
    } else value += text[at]
  }
  absent.add(close)
  return null
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && isSpace(text[at] ?? '')) at++
  return at
}

function wordEnd(text: string, at: number): number {
  while (at < text.length && !isSpace(text[at] ?? '')) at++
  return at
}

function isSpace(character: string): boolean {
  return /\s/.test(character)
}
