import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ArgsSchema } from '../../../supervisor/registry/plugin.ts'
import { createArgsValidator, MAX_TEXT } from '../../../supervisor/routing/args.ts'
import { DIALECT } from '../../../supervisor/routing/schema.ts'

const { checkArgsSchema, validateArgs } = createArgsValidator()

const object = (properties: NonNullable<ArgsSchema['properties']>, more: object = {}): ArgsSchema => ({
  type: 'object',
  properties,
  ...more,
})
const validate = (args: ArgsSchema, value: Record<string, unknown>, language: 'zh' | 'en' = 'zh') =>
  validateArgs({ args }, value, language)

/** Deep enough for the schemas here. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) freeze(inner)
  return Object.freeze(value)
}

const city = { type: 'string', minLength: 1, maxLength: 5, description: '城市名' }

// What a person reads for each keyword, in both languages.
const PROBLEMS: readonly [string, ArgsSchema, Record<string, unknown>, string, string][] = [
  ['required', object({ city }, { required: ['city'] }), {}, '缺少 city(城市名)', 'city (城市名) is missing'],
  ['required, undescribed', object({}, { required: ['city'] }), {}, '缺少 city', 'city is missing'],
  ['minLength 1', object({ city }), { city: '' }, 'city 不能为空', 'city must not be empty'],
  ['minLength', object({ a: { minLength: 3 } }), { a: 'x' }, 'a 至少要 3 个字', 'a must have at least 3 characters'],
  ['maxLength', object({ city }), { city: '一二三四五六' }, 'city 最多 5 个字', 'city must have at most 5 characters'],
  ['type', object({ n: { type: 'integer' } }), { n: 'x' }, 'n 必须是整数', 'n must be a whole number'],
  [
    'types',
    object({ n: { type: ['integer', 'null'] } }),
    { n: 'x' },
    'n 必须是整数或空(null)',
    'n must be a whole number or null',
  ],
  ['minimum', object({ n: { minimum: 1 } }), { n: 0 }, 'n 不能小于 1', 'n must be at least 1'],
  ['maximum', object({ n: { maximum: 10 } }), { n: 11 }, 'n 不能大于 10', 'n must be at most 10'],
  ['exclusiveMinimum', object({ n: { exclusiveMinimum: 0 } }), { n: 0 }, 'n 必须大于 0', 'n must be more than 0'],
  ['exclusiveMaximum', object({ n: { exclusiveMaximum: 0 } }), { n: 0 }, 'n 必须小于 0', 'n must be less than 0'],
  ['multipleOf', object({ n: { multipleOf: 0.1 } }), { n: 0.15 }, 'n 必须是 0.1 的倍数', 'n must be a multiple of 0.1'],
  ['enum', object({ a: { enum: ['x', 1] } }), { a: 'y' }, 'a 只能是:x、1', 'a must be one of: x, 1'],
  ['const', object({ a: { const: 'yes' } }), { a: 'y' }, 'a 只能是:yes', 'a must be: yes'],
  [
    'pattern',
    object({ a: { pattern: '^x', description: '以 x 开头' } }),
    { a: 'y' },
    'a(以 x 开头) 的格式不对',
    'a (以 x 开头) does not have the right form',
  ],
  [
    'format',
    object({ a: { format: 'date' } }),
    { a: 'y' },
    'a 的格式不对,应该像 2026-01-31',
    'a must look like 2026-01-31',
  ],
  ['minItems', object({ a: { minItems: 2 } }), { a: [1] }, 'a 至少要 2 项', 'a must have at least 2 items'],
  ['maxItems', object({ a: { maxItems: 0 } }), { a: [1] }, 'a 最多 0 项', 'a must have at most 0 items'],
  ['uniqueItems', object({ a: { uniqueItems: true } }), { a: [1, 1] }, 'a 里有重复的项', 'a must not repeat an item'],
  [
    'contains',
    object({ a: { contains: { const: 1 } } }),
    { a: [2] },
    'a 缺少必需的项',
    'a lacks an item that it must have',
  ],
  [
    'items',
    object({ a: { items: { type: 'integer' } } }),
    { a: [1, 'x'] },
    'a[1] 必须是整数',
    'a[1] must be a whole number',
  ],
  ['nested', object({ a: { properties: { b: city } } }), { a: { b: '' } }, 'a.b 不能为空', 'a.b must not be empty'],
  [
    'minProperties',
    object({}, { minProperties: 1 }),
    {},
    '参数 至少要 1 个字段',
    'The arguments must have at least 1 fields',
  ],
  [
    'maxProperties',
    object({ a: { maxProperties: 0 } }),
    { a: { b: 1 } },
    'a 最多 0 个字段',
    'a must have at most 0 fields',
  ],
  [
    'propertyNames',
    object({ a: { propertyNames: { maxLength: 1 } } }),
    { a: { bb: 1 } },
    'a 里有不允许的字段名',
    'a has a field whose name is not allowed',
  ],
  [
    'dependentRequired',
    object({}, { dependentRequired: { a: ['b'] } }),
    { a: 1 },
    '给了 a 就还要给 b',
    'a needs b beside it',
  ],
  [
    'additionalProperties',
    object({ city, days: {} }, { additionalProperties: false }),
    { cty: 1 },
    '没有 cty 这个参数;可用的:city、days',
    'There is no argument cty; there are: city, days',
  ],
  [
    'unevaluatedProperties',
    object({ city }, { unevaluatedProperties: false }),
    { cty: 1 },
    '没有 cty 这个参数;可用的:city',
    'There is no argument cty; there are: city',
  ],
  [
    'no properties',
    object({}, { additionalProperties: false }),
    { cty: 1 },
    '没有 cty 这个参数',
    'There is no argument cty',
  ],
  [
    'an unknown name that is prose',
    object({ city }, { additionalProperties: false }),
    { '[x](http://evil)': 1 },
    '没有 (未显示) 这个参数;可用的:city',
    'There is no argument (not shown); there are: city',
  ],
  [
    'anyOf',
    object({ a: { anyOf: [{ type: 'integer' }, { const: 'all' }] } }),
    { a: 'x' },
    'a 的值不符合要求',
    'a does not have a value that is allowed',
  ],
  [
    'oneOf',
    object({ a: { oneOf: [{}, {}], description: '编号' } }),
    { a: 1 },
    'a(编号) 的值不符合要求',
    'a (编号) does not have a value that is allowed',
  ],
  [
    'not',
    object({ a: { not: { const: 1 } } }),
    { a: 1 },
    'a 的值不符合要求',
    'a does not have a value that is allowed',
  ],
  [
    'false',
    object({ a: { properties: { b: false } } }),
    { a: { b: 1 } },
    'a.b 的值不符合要求',
    'a.b does not have a value that is allowed',
  ],
  [
    'if',
    object({ a: {}, b: {} }, { if: { properties: { a: { const: 0 } } }, else: { required: ['b'] } }),
    { a: 1 },
    '缺少 b',
    'b is missing',
  ],
  [
    '$ref',
    object({ a: { $ref: '#/$defs/c' } }, { $defs: { c: city } }),
    { a: '' },
    'a 不能为空',
    'a must not be empty',
  ],
]

for (const [name, schema, value, zh, en] of PROBLEMS) {
  test(`says what is wrong: ${name}`, () => {
    assert.equal(checkArgsSchema(schema), null)
    assert.deepEqual(validate(schema, value, 'zh'), { problem: zh })
    assert.deepEqual(validate(schema, value, 'en'), { problem: en })
  })
}

test('fills in defaults in a copy, and leaves schema and input alone', () => {
  const schema = freeze(
    object({ city, days: { type: 'integer', default: 3 }, tags: { type: 'array', default: ['a'] } }),
  )
  const input = freeze({ city: '北京', more: { deep: [1] } })
  const first = validate(schema, input)
  assert.deepEqual(first, { args: { city: '北京', days: 3, tags: ['a'], more: { deep: [1] } } })
  assert.ok('args' in first)
  const tags = first.args['tags']
  assert.ok(Array.isArray(tags))
  tags.push('changed')
  assert.deepEqual(validate(schema, {}), { args: { days: 3, tags: ['a'] } })
  assert.deepEqual(input, { city: '北京', more: { deep: [1] } })
})

test('what every object has counts for nothing', () => {
  const schema = object({}, { required: ['toString'], additionalProperties: false })
  assert.deepEqual(validate(schema, {}), { problem: '缺少 toString' })
  const open = object({}, { additionalProperties: false })
  assert.ok('problem' in validate(open, JSON.parse('{"__proto__": {"a": 1}}')))
})

test('1.1 is a multiple of 0.1', () => {
  assert.ok('args' in validate(object({ n: { multipleOf: 0.1 } }), { n: 1.1 }))
})

test('two patterns stay two', () => {
  const schema = object({ a: { pattern: '^x' }, b: { pattern: '^y' } })
  assert.ok('args' in validate(schema, { a: 'x', b: 'y' }))
  assert.deepEqual(validate(schema, { a: 'x', b: 'x' }), { problem: 'b 的格式不对' })
})

test('refuses schemas that do not compile, with place and cure', () => {
  assert.match(
    checkArgsSchema(object({ a: { minLenght: 1 } })) ?? '',
    /^is wrong at `properties\.a\.minLenght`: .+ — .+/,
  )
  assert.match(checkArgsSchema(object({ a: { type: 'text' } })) ?? '', /^is wrong: .+ — .+/)
  assert.match(checkArgsSchema(object({ a: { minLength: 'x' } })) ?? '', /^is wrong: .+ — .+/)
  assert.match(checkArgsSchema(object({}, { required: 'a' })) ?? '', /^is wrong: .+ — .+/)
  assert.match(checkArgsSchema(object({ a: { enum: [] } })) ?? '', /^is wrong: .+ — .+/)
  assert.equal(checkArgsSchema(object({}, { $schema: DIALECT })), null)
})

test('a schema that slipped past the registry refuses every call', () => {
  assert.deepEqual(validate(object({ a: { minLenght: 1 } }), {}), { problem: '这个命令的参数定义有误,请联系管理员' })
})

test('the same definition in two manifests stays apart', () => {
  const first = object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { const: 1 } } })
  const second = object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { const: 2 } } })
  assert.ok('args' in validate(first, { a: 1 }))
  assert.ok('args' in validate(second, { a: 2 }))
  assert.ok('problem' in validate(first, { a: 2 }))
})

const TOO_LARGE = { problem: '参数太长或太复杂' }

test('what is too long, too deep or too many is refused before the schema is asked', () => {
  const any = object({})
  assert.ok('args' in validate(any, { a: 'x'.repeat(MAX_TEXT - 1) }))
  assert.deepEqual(validate(any, { a: 'x'.repeat(MAX_TEXT) }), TOO_LARGE)
  assert.deepEqual(validate(any, { ['x'.repeat(MAX_TEXT + 1)]: 1 }), TOO_LARGE)
  assert.deepEqual(validate(any, { a: Array.from({ length: 2000 }, () => 1) }), TOO_LARGE)
  assert.deepEqual(validate(any, JSON.parse(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`)), TOO_LARGE)
})

test('a pattern that is too costly for a text is a refusal, also where it is negated', () => {
  const costly = '(a?){400}$'
  const value = { a: `${'a'.repeat(8000)}!` }
  assert.deepEqual(validate(object({ a: { pattern: costly } }), value), TOO_LARGE)
  assert.deepEqual(validate(object({ a: { not: { pattern: costly } } }), value), TOO_LARGE)
  assert.ok('args' in validate(object({ a: { pattern: costly } }), { a: 'aaa' }), 'the next one starts with full steps')
})

test('any value is answered without a throw, and unchanged', () => {
  const schema = object(
    {
      a: {
        anyOf: [
          { type: 'string', pattern: '^(a|b)*$' },
          { type: 'array', uniqueItems: true },
        ],
      },
    },
    { maxProperties: 3 },
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom('zh', 'en'), (value, language) => {
      const before = JSON.stringify(value)
      const result = validate(schema, value, language)
      assert.equal(JSON.stringify(value), before)
      if ('problem' in result) assert.doesNotMatch(result.problem, /undefined|\?|\{/)
      else assert.equal(JSON.stringify(result.args), before)
    }),
  )
})
