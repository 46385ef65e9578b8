import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readValue, typesOf } from '../../../supervisor/routing/values.ts'

const bare = (value: string) => ({ value, quoted: false })
const quoted = (value: string) => ({ value, quoted: true })
const one = (value: string, schema: object, root = {}) => readValue([bare(value)], schema, root)

const CONVERTED: readonly [string, object, unknown][] = [
  ['3', { type: 'integer' }, 3],
  ['-3', { type: 'integer' }, -3],
  ['３', { type: 'integer' }, 3],
  ['1.5', { type: 'integer' }, 1.5],
  ['1.5e2', { type: 'number' }, 150],
  ['0x10', { type: 'integer' }, '0x10'],
  ['', { type: 'integer' }, ''],
  ['Infinity', { type: 'number' }, 'Infinity'],
  ['1e999', { type: 'number' }, '1e999'],
  ['9007199254740993', { type: 'integer' }, '9007199254740993'],
  ['true', { type: 'boolean' }, true],
  ['YES', { type: 'boolean' }, true],
  ['是', { type: 'boolean' }, true],
  ['否', { type: 'boolean' }, false],
  ['no', { type: 'boolean' }, false],
  ['maybe', { type: 'boolean' }, 'maybe'],
  ['constructor', { type: 'boolean' }, 'constructor'],
  ['3', { type: 'string' }, '3'],
  ['true', {}, 'true'],
  ['3', { type: ['string', 'integer'] }, 3],
  ['x', { type: ['string', 'integer'] }, 'x'],
  ['null', { type: ['string', 'null'] }, null],
  ['2', { enum: [1, 2] }, 2],
  ['2', { enum: ['1', '2'] }, '2'],
  ['5', { anyOf: [{ type: 'integer' }, { enum: ['all'] }] }, 5],
  ['all', { anyOf: [{ type: 'integer' }, { enum: ['all'] }] }, 'all'],
  ['{"a": [1]}', { type: 'object' }, { a: [1] }],
  ['{"a": ', { type: 'object' }, '{"a": '],
  ['a,b，c、d', { type: 'array' }, ['a', 'b', 'c', 'd']],
  ['1,2', { type: 'array', items: { type: 'integer' } }, [1, 2]],
  ['1,x', { type: 'array', items: { type: 'integer' } }, [1, 'x']],
  ['[1, "b"]', { type: 'array' }, [1, 'b']],
  ['{"a":1,"b":2}', { type: 'array', items: { type: 'object' } }, [{ a: 1, b: 2 }]],
]

for (const [text, schema, expected] of CONVERTED) {
  test(`${JSON.stringify(text)} for ${JSON.stringify(schema)}`, () => assert.deepEqual(one(text, schema), expected))
}

test('follows a reference', () => {
  assert.equal(one('3', { $ref: '#/$defs/count' }, { $defs: { count: { type: 'integer' } } }), 3)
})

test('a reference in a circle ends', () => {
  assert.equal(typesOf({ $ref: '#/$defs/a' }, { $defs: { a: { $ref: '#/$defs/a' } } }).size, 0)
})

test('quotes keep text as text and an item whole', () => {
  assert.equal(readValue([quoted('3')], { type: ['string', 'integer'] }, {}), '3')
  assert.deepEqual(readValue([bare('a,b'), quoted('c,d')], { type: 'array' }, {}), ['a', 'b', 'c,d'])
})

test('JSON cannot reach a prototype', () => {
  const value = one('{"__proto__": {"polluted": 1}}', { type: 'object' })
  assert.ok(typeof value === 'object' && value !== null)
  assert.deepEqual(Object.keys(value), ['__proto__'])
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
})
