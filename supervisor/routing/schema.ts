// Decides which JSON Schemas may be compiled for arguments: a manifest's author is not trusted, so what is not listed is refused.
import { FORMATS } from './formats.ts'
import { linearPattern } from './pattern.ts'

/** `path` leads from the schema's root to the fault. */
export type SchemaProblem = { readonly path: readonly string[]; readonly what: string; readonly cure: string }

export const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
// Far above what any command needs; together they bound what compiling and validating can cost.
const MAX_BYTES = 32 * 1024
const MAX_DEPTH = 16
const MAX_SUBSCHEMAS = 300
/** What can be typed before a `=` and shown in a usage line. */
const ARGUMENT = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u
const REFERENCE = /^#\/(\$defs|definitions)\/([\w-]+)$/

/** What each keyword holds: a subschema, a list or a map of them, or something else. */
const KEYWORDS: ReadonlyMap<string, 'one' | 'list' | 'map' | 'other'> = new Map([
  ...'additionalProperties propertyNames items contains not if then else unevaluatedItems unevaluatedProperties'
    .split(' ')
    .map((keyword) => [keyword, 'one'] as const),
  ...'allOf anyOf oneOf prefixItems'.split(' ').map((keyword) => [keyword, 'list'] as const),
  ...'properties patternProperties dependentSchemas $defs definitions'
    .split(' ')
    .map((keyword) => [keyword, 'map'] as const),
  ...(
    'type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern format ' +
    'maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required dependentRequired ' +
    'title description default deprecated readOnly writeOnly examples contentMediaType contentEncoding $comment $schema $ref'
  )
    .split(' ')
    .map((keyword) => [keyword, 'other'] as const),
])

type Place = { readonly path: readonly string[]; readonly depth: number; readonly references: readonly string[] }
type Walk = { readonly root: Readonly<Record<string, unknown>>; left: number }

/**
 * What keeps `schema` from being compiled, or null. Refused: unknown keywords (a typo would be a check that never
 * happens), unknown formats, patterns that need backtracking, references that leave the schema or come back to
 * themselves (a chain of doubled references is 2^n checks), and names that cannot be typed.
 */
export function findSchemaProblem(schema: unknown): SchemaProblem | null {
  if (!isRecord(schema) || schema['type'] !== 'object') {
    return { path: [], what: 'arguments are not an object schema', cure: 'begin args with type: object' }
  }
  for (const name of isRecord(schema['properties']) ? Object.keys(schema['properties']) : []) {
    if (ARGUMENT.test(name) && !(name in Object.prototype)) continue
    const cure = 'use letters, digits, _ and -, and begin with a letter'
    return { path: ['properties', name], what: 'an argument of this name cannot be typed', cure }
  }
  const problem = walk({ root: schema, left: MAX_SUBSCHEMAS }, schema, { path: [], depth: 0, references: [] })
  if (problem) return problem
  const bytes = Buffer.byteLength(JSON.stringify(schema))
  return bytes > MAX_BYTES
    ? { path: [], what: `the schema has ${bytes} bytes`, cure: `stay within ${MAX_BYTES}` }
    : null
}

function walk(state: Walk, schema: unknown, place: Place): SchemaProblem | null {
  const { path } = place
  if (typeof schema === 'boolean') return null
  if (!isRecord(schema)) return { path, what: 'this is not a schema', cure: 'write an object, true or false' }
  if (--state.left < 0) {
    return {
      path,
      what: 'the schema is too large, references counted',
      cure: `stay within ${MAX_SUBSCHEMAS} subschemas`,
    }
  }
  if (place.depth > MAX_DEPTH) return { path, what: 'the schema is nested too deeply', cure: 'use flatter arguments' }
  for (const [keyword, value] of Object.entries(schema)) {
    const at = { ...place, path: [...path, keyword] }
    const problem = checkKeyword(state, keyword, value, at)
    if (problem) return problem
    for (const [name, part] of partsOf(keyword, value)) {
      const references = keyword === '$defs' || keyword === 'definitions' ? [`#/${keyword}/${name}`] : place.references
      const inner = { path: name === '' ? at.path : [...at.path, name], depth: place.depth + 1, references }
      const deeper = walk(state, part, inner)
      if (deeper) return deeper
    }
  }
  return null
}

function checkKeyword(state: Walk, keyword: string, value: unknown, place: Place): SchemaProblem | null {
  const { path } = place
  const holds = KEYWORDS.get(keyword)
  if (!holds) return { path, what: `${keyword} cannot be used in args`, cure: 'check its spelling, or leave it out' }
  if (holds === 'list' && !Array.isArray(value)) return { path, what: `${keyword} is not a list`, cure: 'write a list' }
  if (holds === 'map' && !isRecord(value)) return { path, what: `${keyword} is not a map`, cure: 'write name: schema' }
  if (keyword === '$ref') return follow(state, value, place)
  if (keyword === 'pattern') return checkPattern(value, path)
  if (keyword === 'patternProperties') {
    return firstOf(Object.keys(value ?? {}), (pattern) => checkPattern(pattern, [...path, pattern]))
  }
  if (keyword === 'format' && !Object.hasOwn(FORMATS, String(value))) {
    return { path, what: `this format is not known`, cure: `use ${Object.keys(FORMATS).join(', ')}, or pattern` }
  }
  if (keyword === '$schema' && value !== DIALECT) return { path, what: 'another dialect', cure: `use ${DIALECT}` }
  const isNested = path.length > 1 && (keyword === '$defs' || keyword === 'definitions')
  return isNested ? { path, what: 'definitions stand too deep', cure: 'move them to the top of args' } : null
}

function follow(state: Walk, value: unknown, place: Place): SchemaProblem | null {
  const { path } = place
  const [reference, group = '', name = ''] = REFERENCE.exec(String(value)) ?? []
  const definitions = state.root[group]
  if (reference === undefined || !isRecord(definitions) || !Object.hasOwn(definitions, name)) {
    return { path, what: 'the reference leads nowhere', cure: 'refer to #/$defs/NAME in the same args' }
  }
  if (place.references.includes(reference)) {
    return { path, what: 'the reference comes back to itself', cure: 'write the levels out' }
  }
  const references = [...place.references, reference]
  return walk(state, definitions[name], { path: [group, name], depth: place.depth + 1, references })
}

function checkPattern(value: unknown, path: readonly string[]): SchemaProblem | null {
  const pattern = linearPattern(String(value))
  return 'problem' in pattern ? { path, what: `of the pattern, ${pattern.problem}`, cure: 'use a simpler one' } : null
}

/** The subschemas right under a keyword, by name; a single one has none. */
function partsOf(keyword: string, value: unknown): readonly (readonly [string, unknown])[] {
  const holds = KEYWORDS.get(keyword)
  if (holds === 'one') return [['', value]]
  return holds === 'list' || holds === 'map' ? Object.entries(value ?? {}) : []
}

function firstOf<T>(items: readonly T[], check: (item: T) => SchemaProblem | null): SchemaProblem | null {
  for (const item of items) {
    const problem = check(item)
    if (problem) return problem
  }
  return null
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
