import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DIALECT, findSchemaProblem } from '../../../supervisor/routing/schema.ts'

const object = (properties: Record<string, unknown>, more: object = {}) => ({ type: 'object', properties, ...more })

test('accepts the schemas that commands have', () => {
  const schema = object(
    {
      city: { type: 'string', minLength: 1, maxLength: 40, description: '城市名', pattern: String.raw`^\p{L}+$` },
      城市: { $ref: '#/$defs/city' },
      days: { type: 'integer', minimum: 1, default: 3 },
      when: { type: 'string', format: 'date' },
      tags: { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true },
      more: object({ a: true }, { patternProperties: { '^x-': { type: 'string' } }, additionalProperties: false }),
    },
    {
      $schema: DIALECT,
      $defs: { city: { type: 'string', anyOf: [{ minLength: 1 }, { const: '' }] } },
      required: ['city'],
      additionalProperties: false,
      if: { required: ['when'] },
      else: { required: ['days'] },
    },
  )
  assert.equal(findSchemaProblem(schema), null)
})

const REFUSED: Record<string, { schema: unknown; path: string; what: RegExp }> = {
  'not an object schema': { schema: { type: 'string' }, path: '', what: /object schema/ },
  nothing: { schema: null, path: '', what: /object schema/ },
  'a misspelt keyword': {
    schema: object({ city: { type: 'string', minLenght: 1 } }),
    path: 'properties.city.minLenght',
    what: /minLenght cannot be used/,
  },
  'an unknown format': { schema: object({ a: { format: 'phone' } }), path: 'properties.a.format', what: /format/ },
  'a name with a space': { schema: object({ 'a b': {} }), path: 'properties.a b', what: /typed/ },
  'a name that every object has': {
    schema: object({ constructor: {} }),
    path: 'properties.constructor',
    what: /typed/,
  },
  'a pattern that backtracks': {
    schema: object({ a: { pattern: String.raw`(a)\1` } }),
    path: 'properties.a.pattern',
    what: /linear time/,
  },
  'a pattern for names that backtracks': {
    schema: object({ a: { patternProperties: { '(?=a)': {} } } }),
    path: 'properties.a.patternProperties.(?=a)',
    what: /linear time/,
  },
  'a remote reference': {
    schema: object({ a: { $ref: 'https://example.com/s' } }),
    path: 'properties.a.$ref',
    what: /nowhere/,
  },
  'a reference to nothing': {
    schema: object({ a: { $ref: '#/$defs/b' } }),
    path: 'properties.a.$ref',
    what: /nowhere/,
  },
  'a reference to the whole': { schema: object({ a: { $ref: '#' } }), path: 'properties.a.$ref', what: /nowhere/ },
  'a reference to what every object has': {
    schema: object({ a: { $ref: '#/$defs/toString' } }, { $defs: {} }),
    path: 'properties.a.$ref',
    what: /nowhere/,
  },
  'a reference in a circle': {
    schema: object({}, { $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { not: { $ref: '#/$defs/a' } } } }),
    path: '$defs.b.not.$ref',
    what: /comes back/,
  },
  'a reference to itself': {
    schema: object({}, { $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } }),
    path: '$defs.a.allOf.0.$ref',
    what: /comes back/,
  },
  'an identifier': { schema: object({}, { $id: 'https://example.com/s' }), path: '$id', what: /cannot be used/ },
  'a dynamic reference': {
    schema: object({ a: { $dynamicRef: '#a' } }),
    path: 'properties.a.$dynamicRef',
    what: /cannot be used/,
  },
  'an asynchronous schema': { schema: object({}, { $async: true }), path: '$async', what: /cannot be used/ },
  'another dialect': {
    schema: object({}, { $schema: 'http://json-schema.org/draft-07/schema#' }),
    path: '$schema',
    what: /dialect/,
  },
  'a property that is no schema': { schema: object({ a: 5 }), path: 'properties.a', what: /not a schema/ },
  'properties that are a list': { schema: { type: 'object', properties: [] }, path: 'properties', what: /not a map/ },
  'allOf that is a map': { schema: object({}, { allOf: {} }), path: 'allOf', what: /not a list/ },
  'definitions inside': { schema: object({ a: { $defs: {} } }), path: 'properties.a.$defs', what: /too deep/ },
  'too many bytes': { schema: object({ a: { enum: ['x'.repeat(33_000)] } }), path: '', what: /33\d{3} bytes/ },
}

for (const [name, { schema, path, what }] of Object.entries(REFUSED)) {
  test(`refuses ${name}`, () => {
    const problem = findSchemaProblem(schema)
    assert.equal(problem?.path.join('.'), path)
    assert.match(problem?.what ?? '', what)
    assert.notEqual(problem?.cure, '')
  })
}

test('refuses references that double at every step', () => {
  const steps = Array.from({ length: 30 }, (_, step) => {
    const next = { $ref: `#/$defs/s${step + 1}` }
    return [`s${step}`, { allOf: [next, next] }] as const
  })
  const schema = object({ a: { $ref: '#/$defs/s0' } }, { $defs: { ...Object.fromEntries(steps), s30: {} } })
  assert.match(findSchemaProblem(schema)?.what ?? '', /too large|too deeply/)
})

test('refuses nesting without end', () => {
  let schema: unknown = {}
  for (let depth = 0; depth < 5000; depth++) schema = { not: schema }
  assert.match(findSchemaProblem(object({ a: schema }))?.what ?? '', /too deeply/)
})

test('refuses more than three hundred subschemas', () => {
  const properties = Object.fromEntries(Array.from({ length: 301 }, (_, index) => [`a${index}`, {}]))
  assert.match(findSchemaProblem(object(properties))?.what ?? '', /too large/)
})

test('any value is judged without a throw', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      (value) => void findSchemaProblem({ type: 'object', properties: { a: value }, if: value }),
    ),
  )
})
