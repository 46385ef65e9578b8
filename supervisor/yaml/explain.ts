// Turns what a schema found wrong into words for whoever wrote the file. It never repeats a value: a value may be a secret.
import { z } from 'zod'
import { nearest } from './nearest.ts'

export type Path = readonly (string | number)[]

/** One thing wrong in a document: where (the key itself or its value), what, and how to mend it. */
export type Complaint = {
  readonly path: Path
  readonly at: 'key' | 'value'
  /** Nothing is written at `path`. */
  readonly missing: boolean
  readonly what: string
  readonly cure: string
}

/** `schema` over `value`: what it parses to, or every complaint. A check's own message may carry its cure: `must be odd — Add one`. */
export function judge<T>(value: unknown, schema: z.ZodType<T>): { value: T } | { complaints: Complaint[] } {
  const result = schema.safeParse(value, { reportInput: true, error: allowedKeys })
  if (result.success) return { value: result.data }
  return { complaints: result.error.issues.flatMap((issue) => explain(issue, [])) }
}

// The finished issue no longer knows its schema, so the keys allowed there travel in the message.
function allowedKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined
  return Object.keys(issue.inst.shape).join(', ')
}

function explain(issue: z.core.$ZodIssue, above: Path): Complaint[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
  const name = spell(path)
  const wrong = (what: string, cure: string): Complaint[] => [{ path, at: 'value', missing: false, what, cure }]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, issue.message))
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((errors) => !errors.some(isOtherKind))
    if (branch) return branch.flatMap((inner) => explain(inner, path))
  }
  if (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union') {
    const [input, wanted] = [written(issue), expected(issue)]
    if (input === undefined) return [missingKey(path, wanted)]
    const otherKind = issue.code === 'invalid_type' || typeof input !== 'string'
    return wrong(
      `${name} ${otherKind ? `is ${kind(input)}, and ` : ''}must be ${wanted}`,
      cureKind(input, wanted, issue),
    )
  }
  if (issue.code === 'too_small') return wrong(`${name} is too small`, bound('at least', issue.minimum, issue.origin))
  if (issue.code === 'too_big') return wrong(`${name} is too large`, bound('at most', issue.maximum, issue.origin))
  const inner = issue.code === 'invalid_key' ? issue.issues[0] : undefined
  const [what, cure = 'Correct it'] = (inner ?? issue).message.split(' — ', 2)
  return [{ path, at: inner ? 'key' : 'value', missing: false, what: `${name} ${predicate(what ?? '')}`, cure }]
}

function unknownKey(path: Path, key: string, allowed: string): Complaint {
  const near = nearest(key, allowed.split(', '))
  const list = allowed === '' ? 'No key is allowed here' : `Allowed here: ${allowed}`
  const cure = near === undefined ? list : `Did you mean ${quote(near)}? ${list}`
  return { path: [...path, key], at: 'key', missing: false, what: `unknown key ${quote(key)}`, cure }
}

function missingKey(path: Path, wanted: string): Complaint {
  const key = quote(String(path.at(-1) ?? ''))
  const what = `${spell(path.slice(0, -1))} lacks the key ${key}`
  return { path, at: 'value', missing: true, what, cure: `Add ${key}: ${wanted}` }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  null: 'null',
}

/** What stands at the issue's path: of a union told apart by a key, zod gives the mapping around that key. */
function written(issue: z.core.$ZodIssue): unknown {
  const told = 'discriminator' in issue && issue.discriminator
  return told ? Object.getOwnPropertyDescriptor(issue.input, told)?.value : issue.input
}

function kind(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'boolean') return 'true or false'
  if (typeof value === 'number' && !Number.isFinite(value)) return 'not a finite number'
  return KINDS[typeof value] ?? typeof value
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String))
  if (issue.code !== 'invalid_union') return 'something else'
  if ('options' in issue && issue.options) return oneOf(issue.options.map(String))
  return oneOf([...new Set(issue.errors.flat().filter(isOtherKind).map(expected))])
}

function oneOf(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : (words[0] ?? 'something else')
}

// A union's branch that fails at its own root was not what the author meant.
function isOtherKind(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')
}

function cureKind(input: unknown, wanted: string, issue: z.core.$ZodIssue): string {
  if (input === null) return `Give it a value, ${wanted}, or remove the key`
  if (wanted === 'text' && typeof input !== 'object') return 'Put the value in quotes'
  const words = issue.code === 'invalid_value' ? issue.values : 'options' in issue ? (issue.options ?? []) : []
  const near = typeof input === 'string' ? nearest(input, words.map(String)) : undefined
  return near === undefined ? `Write ${wanted}` : `Did you mean ${quote(near)}?`
}

const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item', record: 'key', object: 'key' }

function bound(side: 'at least' | 'at most', limit: number | bigint, origin: string): string {
  const unit = UNITS[origin]
  const counted = unit === undefined ? limit : `${limit} ${unit}${limit === 1 ? '' : 's'}`
  return `${side === 'at least' ? 'It needs' : 'It may have'} ${side} ${counted}`
}

// Zod's own sentences open with `Invalid input: `.
function predicate(message: string): string {
  return message.replace(/^Invalid [a-z ]+: /, '')
}

/** A path as the documentation writes it: `plugins.directories[0]`. */
export function spell(path: Path): string {
  if (path.length === 0) return 'the document'
  const steps = path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
  return quote(steps.join(''))
}

/** A name in backquotes, on one line and short, whatever it holds. */
export function quote(name: string): string {
  const visible = JSON.stringify(name).slice(1, -1)
  return `\`${visible.length > 120 ? `${visible.slice(0, 120)}…` : visible}\``
}
