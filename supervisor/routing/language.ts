// Guesses whether to answer in Chinese or in English; never looks at anything but the text itself.
import type { Language } from '../errors.ts'

// Han characters, and what only a Chinese input method types: full-width forms and CJK punctuation.
const CHINESE = /\p{Script=Han}|[\u3000-\u303f\uff00-\uffef]/u
// The plugin, the command when it looks like one, and the names of arguments are the same words in every language.
const COMMAND_WORDS = /^\s*\/\s*\S*(?:\s+[a-z0-9-]+(?=\s|$))?/i
const ARGUMENT_NAME = /(?<=\s)[\w-]+=/g

/**
 * Chinese if there is a Han character, English if there are other letters beyond the command words.
 * Nothing to go by (`/weather now`, `👍`) is Chinese, the language of most people on DingTalk;
 * `/help` is English because `/帮助` is there for everybody else.
 */
export function languageOf(text: string): Language {
  if (CHINESE.test(text)) return 'zh'
  if (/^\s*\/\s*help(?:\s|$)/i.test(text)) return 'en'
  const free = text.replace(COMMAND_WORDS, ' ').replace(ARGUMENT_NAME, '')
  return /\p{L}/u.test(free) ? 'en' : 'zh'
}
