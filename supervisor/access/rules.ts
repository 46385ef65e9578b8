// Cuts policy files into rules and reads the two annotations that each must carry. What a rule means is for Cedar to say.
import type { Fault } from '../errors.ts'
import { faultAt, spotFinder, type Place } from '../registry/place.ts'

export type PolicyFile = { readonly name: string; readonly text: string }

export type Rule = {
  /** The `@id`; where that is missing or taken, a name that no `@id` can have. */
  readonly id: string
  readonly text: string
  /** Where a byte of `text` (UTF-8, as Cedar counts) stands in the file. */
  readonly place: (byte: number) => Place
}

/** The rule that allows calls within a grant; its name is taken. */
export const WITHIN_GRANT = 'within-grant'

const ID = /^[a-z][a-z0-9-]{0,63}$/
// A `;` ends a rule unless it stands in a string or a comment; both are matched first and left alone.
const TOKEN = /"(?:[^"\\]|\\.)*"|\/\/[^\n\r]*|;/gsu
const TRIVIA = /^(?:\s|\/\/[^\n\r]*)+/u
const ANNOTATION = /^@(\w+)\s*(?:\(\s*"((?:[^"\\]|\\.)*)"\s*\))?/su

/** Every rule of every file, and what is wrong with their annotations. */
export function readRules(files: readonly PolicyFile[]): { rules: Rule[]; faults: Fault[] } {
  const rules: Rule[] = []
  const faults: Fault[] = []
  const taken = new Map<string, Place | null>([[WITHIN_GRANT, null]])
  for (const [text, place] of files.flatMap(cut)) {
    const { id, why } = annotations(text)
    const at = place(0)
    const complain = (what: string, cure: string) => faults.push(faultAt(at, what, cure))
    const first = taken.get(id)
    if (id === '') complain('this rule has no @id', 'Name it, in the line above it: @id("who-may-what")')
    else if (!ID.test(id)) complain('this @id is not a name', 'Write 1 to 64 of a-z, 0-9 and "-", a letter first')
    else if (first === null) complain(`the @id "${id}" is Molten’s own`, 'Choose another name')
    else if (first)
      complain(`the @id "${id}" is taken`, `Choose another name; the first is ${first.file}:${first.line}`)
    if (why.trim() === '') complain('this rule has no @why', 'Say in a line above it what it is for: @why("…")')
    const named = ID.test(id) && !taken.has(id)
    if (named) taken.set(id, at)
    rules.push({ id: named ? id : `#${rules.length}`, text, place })
  }
  return { rules, faults }
}

function cut({ name, text }: PolicyFile): [string, Rule['place']][] {
  const spot = spotFinder(text)
  const ends = [...text.matchAll(TOKEN)].flatMap((token) => (token[0] === ';' ? [token.index + 1] : []))
  return [...ends, text.length].flatMap((end, index) => {
    const begin = ends[index - 1] ?? 0
    const skipped = begin + (TRIVIA.exec(text.slice(begin, end))?.[0].length ?? 0)
    const rule = text.slice(skipped, end)
    if (rule === '') return []
    const bytes = Buffer.from(rule)
    return [[rule, (byte) => ({ file: name, ...spot(skipped + bytes.subarray(0, byte).toString().length) })]]
  })
}

function annotations(text: string): { id: string; why: string } {
  const found = { id: '', why: '' }
  let rest = text
  for (let match = ANNOTATION.exec(rest); match; match = ANNOTATION.exec(rest)) {
    const [whole, name, value = ''] = match
    if (name === 'id' || name === 'why') found[name] ||= value
    rest = rest.slice(whole.length).replace(TRIVIA, '')
  }
  return found
}
