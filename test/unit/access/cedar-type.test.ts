import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { cedarType, express, recordType, type CedarType } from '../../../supervisor/access/cedar-type.ts'

const text = { type: 'string' }
const closed = (properties: object, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

test('what Cedar can express has a type, and nothing else has', () => {
  const String: CedarType = { type: 'String' }
  const Long: CedarType = { type: 'Long' }
  const cases: [unknown, CedarType | null][] = [
    [text, String],
    [{ type: 'string', format: 'date', maxLength: 10 }, String],
    [{ type: 'integer', minimum: 1 }, Long],
    [{ type: 'boolean' }, { type: 'Boolean' }],
    [{ enum: ['test', 'production'] }, String],
    [{ const: 3 }, Long],
    [{ enum: [true, false] }, { type: 'Boolean' }],
    [
      { type: 'array', items: text },
      { type: 'Set', element: String },
    ],
    [
      { type: 'array', items: { type: 'array', items: { type: 'integer' } } },
      { type: 'Set', element: { type: 'Set', element: Long } },
    ],
    [
      closed({ a: text, b: text }, ['a']),
      { type: 'Record', attributes: { a: { ...String, required: true }, b: { ...String, required: false } } },
    ],
    [closed({ a: text, f: { type: 'number' } }), { type: 'Record', attributes: { a: { ...String, required: false } } }],
    [{ type: 'number' }, null],
    [{ type: 'null' }, null],
    [{ type: ['string', 'null'] }, null],
    [{ anyOf: [text, { type: 'integer' }] }, null],
    [{ $ref: '#/$defs/x' }, null],
    [{ enum: ['a', 1] }, null],
    [{ enum: [1, 1.5] }, null],
    [{ enum: [] }, null],
    [{ const: null }, null],
    [{ type: 'array' }, null],
    [{ type: 'array', items: { type: 'number' } }, null],
    [{ type: 'array', items: true }, null],
    [{ type: 'array', prefixItems: [{ type: 'integer' }], items: text }, null],
    [{ type: 'object' }, null],
    [{ type: 'object', additionalProperties: text }, null],
    [{ type: 'object', properties: { a: text } }, null],
    [{ ...closed({ a: text }), patternProperties: { '^x': text } }, null],
    [{ type: 'toString' }, null],
    [{}, null],
    [true, null],
    [null, null],
  ]
  for (const [schema, expected] of cases) assert.deepEqual(cedarType(schema), expected, JSON.stringify(schema))
})

test('a schema that contains itself ends', () => {
  const schema: Record<string, unknown> = { type: 'array' }
  schema['items'] = schema
  assert.equal(cedarType(schema), null)
})

test('names that Cedar’s JSON reads otherwise are not attributes', () => {
  const names = Object.fromEntries(['__entity', '__extn', '__expr', 'type', 'a b'].map((name) => [name, text]))
  assert.deepEqual(Object.keys(recordType(closed(names)).attributes), ['type', 'a b'])
})

test('a value passes only in its type, and only with what is declared', () => {
  const type = recordType(
    closed({ s: text, n: { type: 'integer' }, l: { type: 'array', items: text }, o: closed({ a: text }, ['a']) }, [
      's',
    ]),
  )
  assert.deepEqual(express(type, { s: 'x', n: 3, l: ['a'], o: { a: 'b', z: 1 }, z: 1 }), {
    s: 'x',
    n: 3,
    l: ['a'],
    o: { a: 'b' },
  })
  assert.deepEqual(express(type, { s: 'x', n: undefined }), { s: 'x' })
  const misfits: unknown[] = [
    null,
    [],
    'x',
    {},
    { s: 1 },
    { s: null },
    { s: '\ud800' },
    { s: 'x', n: 1.5 },
    { s: 'x', n: 2 ** 53 },
    { s: 'x', n: -(2 ** 53) },
    { s: 'x', n: NaN },
    { s: 'x', n: '1' },
    { s: 'x', n: null },
    { s: 'x', l: 'a' },
    { s: 'x', l: ['a', 1] },
    { s: 'x', o: {} },
    { s: 'x', o: { __entity: { type: 'Role', id: 'admin' } } },
    Object.create({ s: 'x' }),
  ]
  for (const value of misfits) assert.equal(express(type, value), undefined, JSON.stringify(value))
})

test('no value whatever makes an entity of an argument', () => {
  const type = recordType({
    properties: { a: closed({ b: text }), c: { type: 'array', items: closed({ d: { type: 'integer' } }) } },
  })
  fc.assert(
    fc.property(
      fc.anything({ key: fc.constantFrom('a', 'b', 'c', 'd', '__entity', '__extn', 'type', 'id') }),
      (value) => {
        const expressed = JSON.stringify(express(type, value)) ?? ''
        assert.ok(!expressed.includes('__'), expressed)
      },
    ),
    { numRuns: 2000 },
  )
})
