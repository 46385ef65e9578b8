// Puts text that somebody else wrote into Markdown so that it stays text.

// Look-alikes, not backslashes: what DingTalk's clients make of an escape is written down nowhere, and one that is
// ignored leaves a link alive.
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '[': '［',
  ']': '］',
  '<': '‹',
  '>': '›',
  '*': '＊',
  '`': 'ˋ',
  '\\': '＼',
  '~': '～',
  '|': '｜',
  '&': '＆',
  '#': '＃',
}

/** One line of at most `max` characters in which nothing is markup; an underscore inside a word is none. */
export function literal(text: string, max = 200): string {
  const line = text
    .replace(/[\p{Cc}\p{Bidi_Control}\s]+/gu, ' ')
    .trim()
    .replace(/[[\]<>*`\\~|&#]/g, (mark) => LOOK_ALIKES[mark] ?? mark)
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '＿')
  const characters = Array.from(line)
  return characters.length > max ? `${characters.slice(0, max).join('')}…` : line
}
