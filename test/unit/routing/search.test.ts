import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createSearch } from '../../../supervisor/routing/search.ts'
import { fakeCommand, fakePlugin, pluginMap } from '../../support/fake-plugin.ts'

const plugins = pluginMap(
  fakePlugin('weather', {
    now: fakeCommand({}, { description: '查询城市当前天气', examples: ['北京天气怎么样'] }),
    forecast: fakeCommand({}, { description: '未来几天的天气预报' }),
  }),
  fakePlugin('github', {
    'create-issue': fakeCommand({}, { description: 'Create an issue in a repository', examples: ['新建一个 issue'] }),
    'list-issues': fakeCommand({}, { description: 'List the open issues of a repository' }),
  }),
  fakePlugin('leave', { apply: fakeCommand({}, { description: '提交请假申请' }) }),
  fakePlugin('later', { go: fakeCommand({}, { description: '等待授权的天气' }) }, { state: 'awaiting-grant' }),
)
const search = createSearch(plugins)
const found = (text: string, may = (_plugin: string, _command: string) => true) =>
  search(text, may).map((hit) => `${hit.plugin} ${hit.command}`)

const BEST: readonly [string, string][] = [
  ['北京天气怎么样', 'weather now'],
  ['上海未来的天气', 'weather forecast'],
  ['我要请假', 'leave apply'],
  ['please create an issue', 'github create-issue'],
  ['which issues are open?', 'github list-issues'],
  ['/wether now', 'weather now'],
  ['/weather forcast 北京', 'weather forecast'],
  ['／ＷＥＡＴＨＥＲ fourcast', 'weather forecast'],
  ['/create-isue', 'github create-issue'],
]

for (const [text, best] of BEST) {
  test(`${text} is nearest to ${best}`, () => assert.equal(found(text)[0], best))
}

test('nothing is found where nothing is meant', () => {
  for (const text of ['', '👍', '怎么', 'the', 'hi', '晚饭吃啥']) assert.deepEqual(found(text), [])
})

test('only what the person may use is found, and only plugins that run', () => {
  const withoutNow = found('北京天气怎么样', (_, command) => command !== 'now')
  assert.deepEqual(withoutNow, ['weather forecast'])
  assert.deepEqual(
    found('天气', () => false),
    [],
  )
})

test('never more than three, and policy is asked about few', () => {
  const many = pluginMap(
    ...Array.from({ length: 300 }, (_, index) =>
      fakePlugin(`plugin-${index}`, { run: fakeCommand({}, { description: '天气' }) }),
    ),
  )
  let asked = 0
  const hits = createSearch(many)('天气', () => ++asked > 0)
  assert.equal(hits.length, 3)
  assert.ok(asked <= 20)
})

test('the same text finds the same commands in the same order', () => {
  const reversed = createSearch(new Map([...plugins].toReversed()))
  for (const [text] of BEST) {
    assert.deepEqual(
      reversed(text, () => true).map((hit) => `${hit.plugin} ${hit.command}`),
      found(text),
    )
  }
})

test('any text is searched without a throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => found(text).length <= 3))
})
