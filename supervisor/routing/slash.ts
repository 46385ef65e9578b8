// Reads `/plugin command words… key=value` and gives each word to the argument it is for; never decides whether it may run.
import type { Language } from '../errors.ts'
import type { ArgsSchema } from '../registry/plugin.ts'
import { readValue, typesOf, type Typed } from './values.ts'
import { splitWords, type Word } from './words.ts'

/** The first two words in lower case, empty when absent, and all that follows them as it was typed. */
export type Slash = { readonly plugin: string; readonly command: string; readonly rest: string }

/** A sentence for the person, holding nothing that they wrote. */
type Problem = { readonly problem: string }

const SENTENCES = {
  unclosed: { zh: '{name} 的引号没有闭合', en: 'The quotation mark in {name} is not closed' },
  twice: { zh: '{name} 给了不止一次', en: '{name} is given more than once' },
  unasked: { zh: '这个命令不需要参数', en: 'This command takes no arguments' },
  tooMany: {
    zh: '参数太多,最多 {count} 个;含空格的内容请加引号',
    en: 'Too many arguments, at most {count}; put quotes around one that contains spaces',
  },
} as const

/** Null when the text does not begin with `/` or `／`: then it is not a slash command. */
export function readSlash(text: string): Slash | null {
  const match = /^\s*[/／]\s*(\S*)\s*(\S*)\s*([^]*)$/.exec(text)
  if (!match) return null
  const [, plugin = '', command = '', rest = ''] = match
  return { plugin: nameOf(plugin), command: nameOf(command), rest }
}

/**
 * The arguments in `rest`, converted after the schema but not yet validated against it.
 * `key=value` counts when `key` is a declared property. Other words fill the remaining properties in declared order;
 * of those the last takes all that is left, if it is free text (as typed, quotes included) or a list (a word an item).
 */
export function readArgs(
  rest: string,
  schema: ArgsSchema,
  language: Language,
): { readonly args: Readonly<Record<string, unknown>> } | Problem {
  const properties = schema.properties ?? {}
  const typed = new Map<string, Typed[]>()
  const loose: Word[] = []
  for (const word of splitWords(rest)) {
    const pair = word.pair
    if (!pair || !Object.hasOwn(properties, pair.key)) {
      loose.push(word)
      continue
    }
    if (word.unclosed) return say('unclosed', language, { name: pair.key })
    const earlier = typed.get(pair.key) ?? []
    if (earlier.length > 0 && !isList(properties[pair.key], schema)) return say('twice', language, { name: pair.key })
    typed.set(pair.key, [...earlier, pair])
  }

  const open = Object.keys(properties).filter((name) => !typed.has(name))
  for (const [index, name] of open.entries()) {
    const word = loose[index]
    if (!word) break
    const isTail = index === open.length - 1
    const tail = isTail ? loose.slice(index) : [word]
    const isProse = isTail && isFreeText(properties[name], schema)
    if (tail.length > 1 && isProse) typed.set(name, [{ value: asTyped(rest, tail), quoted: true }])
    else if (tail.length > 1 && !isList(properties[name], schema)) {
      return say('tooMany', language, { count: String(open.length) })
    } else if (tail.some((one) => one.unclosed) && !isProse) return say('unclosed', language, { name })
    else {
      typed.set(
        name,
        tail.map((one) => ({ value: one.text, quoted: one.quoted })),
      )
    }
  }
  if (loose.length > 0 && open.length === 0) {
    const count = Object.keys(properties).length
    return count === 0 ? say('unasked', language, {}) : say('tooMany', language, { count: String(count) })
  }
  const args = [...typed].map(([name, values]) => [name, readValue(values, properties[name], schema)] as const)
  // fromEntries defines own properties, so that no name reaches a prototype.
  return { args: Object.fromEntries(args) }
}

/** The words with the spaces that stood between them; where a key=value was taken out, one space. */
function asTyped(text: string, words: readonly Word[]): string {
  return words
    .map((word, index) => {
      const next = words[index + 1]
      const gap = next ? text.slice(word.end, next.start) : ''
      return text.slice(word.start, word.end) + (gap.trim() === '' ? gap : ' ')
    })
    .join('')
}

function isFreeText(property: unknown, schema: ArgsSchema): boolean {
  const isChoice = typeof property === 'object' && property !== null && ('enum' in property || 'const' in property)
  return typesOf(property, schema).has('string') && !isChoice
}

function isList(property: unknown, schema: ArgsSchema): boolean {
  const types = typesOf(property, schema)
  return types.has('array') && !types.has('string')
}

/** Names are lower-case ASCII; phones capitalise the first letter and input methods type full-width ones. */
function nameOf(word: string): string {
  return word.normalize('NFKC').toLowerCase()
}

function say(key: keyof typeof SENTENCES, language: Language, values: Readonly<Record<string, string>>): Problem {
  const problem = SENTENCES[key][language].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '?')
  return { problem }
}
