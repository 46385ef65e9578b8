// Says in a person's language what is wrong with an argument and how to mend it; never repeats a value that the person gave.
import type { Language } from '../errors.ts'

/** One finding of the validator (the shape of ajv's errors). `schema` is the object that holds the keyword. */
export type Finding = {
  readonly keyword: string
  /** JSON pointer to the value. */
  readonly pointer: string
  readonly params: Readonly<Record<string, unknown>>
  readonly schema: Readonly<Record<string, unknown>>
}
type Sentence = Readonly<Record<Language, string>>

const SENTENCES: Readonly<Record<string, Sentence>> = {
  required: { zh: '缺少 {missing}', en: '{missing} is missing' },
  dependentRequired: { zh: '给了 {property} 就还要给 {missing}', en: '{property} needs {missing} beside it' },
  unknown: {
    zh: '没有 {unknown} 这个参数;可用的:{choices}',
    en: 'There is no argument {unknown}; there are: {choices}',
  },
  none: { zh: '没有 {unknown} 这个参数', en: 'There is no argument {unknown}' },
  empty: { zh: '{name} 不能为空', en: '{name} must not be empty' },
  minLength: { zh: '{name} 至少要 {limit} 个字', en: '{name} must have at least {limit} characters' },
  maxLength: { zh: '{name} 最多 {limit} 个字', en: '{name} must have at most {limit} characters' },
  pattern: { zh: '{name} 的格式不对', en: '{name} does not have the right form' },
  minimum: { zh: '{name} 不能小于 {limit}', en: '{name} must be at least {limit}' },
  maximum: { zh: '{name} 不能大于 {limit}', en: '{name} must be at most {limit}' },
  exclusiveMinimum: { zh: '{name} 必须大于 {limit}', en: '{name} must be more than {limit}' },
  exclusiveMaximum: { zh: '{name} 必须小于 {limit}', en: '{name} must be less than {limit}' },
  multipleOf: { zh: '{name} 必须是 {multipleOf} 的倍数', en: '{name} must be a multiple of {multipleOf}' },
  enum: { zh: '{name} 只能是:{choices}', en: '{name} must be one of: {choices}' },
  const: { zh: '{name} 只能是:{choices}', en: '{name} must be: {choices}' },
  minItems: { zh: '{name} 至少要 {limit} 项', en: '{name} must have at least {limit} items' },
  maxItems: { zh: '{name} 最多 {limit} 项', en: '{name} must have at most {limit} items' },
  uniqueItems: { zh: '{name} 里有重复的项', en: '{name} must not repeat an item' },
  contains: { zh: '{name} 缺少必需的项', en: '{name} lacks an item that it must have' },
  minProperties: { zh: '{name} 至少要 {limit} 个字段', en: '{name} must have at least {limit} fields' },
  maxProperties: { zh: '{name} 最多 {limit} 个字段', en: '{name} must have at most {limit} fields' },
  propertyNames: { zh: '{name} 里有不允许的字段名', en: '{name} has a field whose name is not allowed' },
  format: { zh: '{name} 的格式不对,应该像 {example}', en: '{name} must look like {example}' },
  type: { zh: '{name} 必须是{types}', en: '{name} must be {types}' },
}
// For anyOf, not, if, dependentSchemas and whatever comes: nothing more specific would be true.
const OTHER: Sentence = { zh: '{name} 的值不符合要求', en: '{name} does not have a value that is allowed' }

const TYPES: Readonly<Record<string, Sentence>> = {
  integer: { zh: '整数', en: 'a whole number' },
  number: { zh: '数字', en: 'a number' },
  string: { zh: '文字', en: 'text' },
  boolean: { zh: '是或否', en: 'true or false' },
  array: { zh: '列表', en: 'a list' },
  object: { zh: ' JSON 对象', en: 'a JSON object' },
  null: { zh: '空(null)', en: 'null' },
}

const EXAMPLES: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  time: '09:30:00+08:00',
  'date-time': '2026-01-31T09:30:00+08:00',
  duration: 'P1DT2H',
  email: 'name@example.com',
  hostname: 'www.example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/page',
  uuid: '123e4567-e89b-12d3-a456-426614174000',
}

// As many as a person reads in a chat.
const MAX_LISTED = 10
const MAX_DESCRIPTION = 40

/** One sentence in plain text. The names, limits and descriptions in it are the manifest's. */
export function complain(finding: Finding, language: Language): string {
  const { keyword, params, schema } = finding
  const path = finding.pointer.split('/').slice(1)
  const missing = String(params['missingProperty'])
  const extra = params['additionalProperty'] ?? params['unevaluatedProperty']
  const properties = recordOf(schema['properties'])
  const choices = extra === undefined ? (params['allowedValues'] ?? [params['allowedValue']]) : Object.keys(properties)
  const isVague = keyword === 'pattern' || !Object.hasOwn(SENTENCES, keyword)

  const values: Readonly<Record<string, string>> = {
    name: label(path, isVague ? schema['description'] : undefined, language),
    missing: label([...path, missing], recordOf(properties[missing])['description'], language),
    property: shown(params['property'], language),
    unknown: shown(extra, language),
    limit: String(params['limit']),
    multipleOf: String(params['multipleOf']),
    choices: list(choices, language),
    types: typeNames(params['type'], language),
    example: EXAMPLES[String(params['format'])] ?? '',
  }
  const sentence = SENTENCES[sentenceFor(finding, extra, properties)] ?? OTHER
  return sentence[language].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '?')
}

function sentenceFor({ keyword, params }: Finding, extra: unknown, properties: object): string {
  if (extra !== undefined) return Object.keys(properties).length > 0 ? 'unknown' : 'none'
  if (keyword === 'minLength' && params['limit'] === 1) return 'empty'
  return Object.hasOwn(SENTENCES, keyword) ? keyword : ''
}

/** `user.tags[0]`, and in brackets what it is, when the manifest says so. */
function label(path: readonly string[], description: unknown, language: Language): string {
  const names = path.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${shown(unescapePointer(step), language)}`))
  const name = names.join('').replace(/^\./, '') || (language === 'zh' ? '参数' : 'The arguments')
  if (typeof description !== 'string' || description.trim() === '') return name
  const line = description.trim().split('\n', 1)[0] ?? ''
  const short = line.length > MAX_DESCRIPTION ? `${line.slice(0, MAX_DESCRIPTION)}…` : line
  return language === 'zh' ? `${name}(${short})` : `${name} (${short})`
}

/** A name that may have been made up by a person or a model is shown only when it can be nothing but a name. */
function shown(name: unknown, language: Language): string {
  if (typeof name === 'string' && /^[\p{L}_][\p{L}\p{N}_-]{0,39}$/u.test(name)) return name
  return language === 'zh' ? '(未显示)' : '(not shown)'
}

function list(choices: unknown, language: Language): string {
  const all = Array.isArray(choices) ? choices : []
  const texts = all.slice(0, MAX_LISTED).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  const more = all.length > MAX_LISTED ? ' …' : ''
  return texts.join(language === 'zh' ? '、' : ', ') + more
}

/** What JSON types are called: `整数或文字`. */
export function typeNames(types: unknown, language: Language): string {
  const names = (Array.isArray(types) ? types : [types]).map((type) => TYPES[String(type)]?.[language] ?? String(type))
  return names.join(language === 'zh' ? '或' : ' or ')
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
