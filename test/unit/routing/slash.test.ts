import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ArgsSchema } from '../../../supervisor/registry/plugin.ts'
import { readArgs, readSlash } from '../../../supervisor/routing/slash.ts'

const schema = (properties: NonNullable<ArgsSchema['properties']> = {}): ArgsSchema => ({ type: 'object', properties })
const TEXT = schema({ text: { type: 'string' } })
const WEATHER = schema({ city: { type: 'string' }, days: { type: 'integer' } })
const ISSUE = schema({ repo: { type: 'string' }, title: { type: 'string' }, labels: { type: 'array' } })

const args = (line: string, of: ArgsSchema) => readArgs(line, of, 'zh')

test('reads plugin and command', () => {
  assert.deepEqual(readSlash('/weather now 北京  3'), { plugin: 'weather', command: 'now', rest: '北京  3' })
  assert.deepEqual(readSlash('　／Ｗeather　Now　北京'), { plugin: 'weather', command: 'now', rest: '北京' })
  assert.deepEqual(readSlash('/weather'), { plugin: 'weather', command: '', rest: '' })
  assert.deepEqual(readSlash('/'), { plugin: '', command: '', rest: '' })
  assert.equal(readSlash('weather now'), null)
  assert.equal(readSlash('a /weather now'), null)
})

const GIVEN: readonly [string, ArgsSchema, Record<string, unknown>][] = [
  ['', WEATHER, {}],
  ['北京', WEATHER, { city: '北京' }],
  ['北京 3', WEATHER, { city: '北京', days: 3 }],
  ['days=3 北京', WEATHER, { city: '北京', days: 3 }],
  ['city=北京 3', WEATHER, { city: '北京', days: 3 }],
  ['“New York” days=３', WEATHER, { city: 'New York', days: 3 }],
  ['city="New York"', WEATHER, { city: 'New York' }],
  ['x=1', WEATHER, { city: 'x=1' }],
  ['"days=1"', WEATHER, { city: 'days=1' }],
  ['toString=1', WEATHER, { city: 'toString=1' }],
  ['你好 世界', TEXT, { text: '你好 世界' }],
  ['"你好 世界"', TEXT, { text: '你好 世界' }],
  ['他说 "你好  世界"\n第二行', TEXT, { text: '他说 "你好  世界"\n第二行' }],
  ['"open end', TEXT, { text: '"open end' }],
  ['a="1" b', TEXT, { text: 'a="1" b' }],
  ['org/x "my title" labels=a labels=b,c', ISSUE, { repo: 'org/x', title: 'my title', labels: ['a', 'b', 'c'] }],
  ['org/x title a b', ISSUE, { repo: 'org/x', title: 'title', labels: ['a', 'b'] }],
  ['labels=a org/x a long title', ISSUE, { repo: 'org/x', title: 'a long title', labels: ['a'] }],
  ['org/x a long labels=a title', ISSUE, { repo: 'org/x', title: 'a long title', labels: ['a'] }],
]

for (const [line, of, expected] of GIVEN) {
  test(`arguments of ${JSON.stringify(line)}`, () => assert.deepEqual(args(line, of), { args: expected }))
}

const REFUSED: readonly [string, ArgsSchema, string][] = [
  ['x', schema(), '这个命令不需要参数'],
  ['北京 3 4', WEATHER, '参数太多,最多 2 个;含空格的内容请加引号'],
  ['city=北京 days=3 4', WEATHER, '参数太多,最多 2 个;含空格的内容请加引号'],
  ['city="New York', WEATHER, 'city 的引号没有闭合'],
  ['"New York', WEATHER, 'city 的引号没有闭合'],
  ['city=北京 city=上海', WEATHER, 'city 给了不止一次'],
  ['a b', schema({ mode: { type: 'string', enum: ['a', 'b'] } }), '参数太多,最多 1 个;含空格的内容请加引号'],
]

for (const [line, of, problem] of REFUSED) {
  test(`refuses ${JSON.stringify(line)}`, () => assert.deepEqual(args(line, of), { problem }))
}

test('speaks English', () => {
  assert.deepEqual(readArgs('x', schema(), 'en'), { problem: 'This command takes no arguments' })
})

test('any line gives arguments that are declared, or a problem that repeats nothing of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (line) => {
      const read = args(line, ISSUE)
      if ('problem' in read) return assert.match(read.problem, /^(?:参数太多|(?:repo|title|labels) )/)
      assert.deepEqual(
        Object.keys(read.args).filter((name) => !Object.hasOwn(ISSUE.properties ?? {}, name)),
        [],
      )
    }),
  )
})
