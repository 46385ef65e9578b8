import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createArgsValidator, MAX_TEXT } from '../../../supervisor/routing/args.ts'
import { createRouter, type Route } from '../../../supervisor/routing/route.ts'
import { fakeCommand, fakePlugin, pluginMap } from '../../support/fake-plugin.ts'

const plugins = pluginMap(
  fakePlugin('weather', {
    now: fakeCommand(
      {
        city: { type: 'string', minLength: 1, description: '城市名' },
        days: { type: 'integer', maximum: 10, default: 1 },
      },
      { description: '查询城市当前天气', required: ['city'], examples: ['北京天气怎么样'] },
    ),
  }),
  fakePlugin('echo', { say: fakeCommand({ text: { type: 'string' } }, { required: ['text'] }) }),
  fakePlugin('waiting', { go: fakeCommand() }, { state: 'awaiting-grant' }),
)
const router = createRouter(plugins, createArgsValidator())
const route = (text: string, may = (_plugin: string, _command: string) => true) => router.route(text, may)

function problem(text: string, may?: (plugin: string, command: string) => boolean): string[] {
  const found = route(text, may)
  assert.ok(found.kind === 'problem' && 'text' in found.reply)
  return [found.code, ...found.reply.text.split('\n')]
}

function helped(text: string): { language: string; title: string | undefined } {
  const found = route(text)
  assert.ok(found.kind === 'help' && 'markdown' in found.reply)
  return { language: found.language, title: found.reply.title }
}

const COMMANDS: readonly [string, Omit<Extract<Route, { kind: 'command' }>, 'kind'>][] = [
  ['/weather now 北京', { plugin: 'weather', command: 'now', args: { city: '北京', days: 1 }, language: 'zh' }],
  [
    '/weather now Paris days=3',
    { plugin: 'weather', command: 'now', args: { city: 'Paris', days: 3 }, language: 'en' },
  ],
  [
    '／Weather　Now　“New York”',
    { plugin: 'weather', command: 'now', args: { city: 'New York', days: 1 }, language: 'zh' },
  ],
  ['/echo say 你好 世界', { plugin: 'echo', command: 'say', args: { text: '你好 世界' }, language: 'zh' }],
]

for (const [text, expected] of COMMANDS) {
  test(`routes ${text}`, () => assert.deepEqual(route(text), { kind: 'command', ...expected }))
}

test('helps, in the language of the asking', () => {
  assert.deepEqual(helped('/help'), { language: 'en', title: 'Commands' })
  assert.deepEqual(helped('/帮助'), { language: 'zh', title: '可用的命令' })
  for (const text of ['/', '？', '帮助', '/?']) assert.equal(helped(text).title, '可用的命令')
  assert.deepEqual(helped('/help weather'), { language: 'en', title: 'weather' })
  assert.deepEqual(helped('/帮助 /weather'), { language: 'zh', title: 'weather' })
  assert.deepEqual(helped('/weather'), { language: 'zh', title: 'weather' })
})

test('says what is wrong with the arguments, and how the command is typed', () => {
  assert.deepEqual(problem('/weather now'), ['BAD_ARGS', '缺少 city(城市名)', '用法:/weather now <city> [days=…]'])
  assert.deepEqual(problem('/weather now Paris days=11'), [
    'BAD_ARGS',
    'days must be at most 10',
    'Usage: /weather now <city> [days=…]',
  ])
  assert.deepEqual(problem('/weather now 北京 1 2')[1], '参数太多,最多 2 个;含空格的内容请加引号')
  assert.deepEqual(problem('/weather now', () => false).length, 2)
})

test('suggests the nearest command', () => {
  const lines = ['您是不是想用:', '/weather now <city> [days=…]  查询城市当前天气', '发送 /帮助 查看全部命令']
  for (const text of ['/wether now 北京', '/weather nwo 北京', '北京天气怎么样']) {
    assert.deepEqual(problem(text), ['NO_COMMAND', '没有这个命令', ...lines])
  }
  assert.deepEqual(problem('hello'), ['NO_COMMAND', 'There is no such command', 'Send /help for all commands'])
  assert.deepEqual(
    problem('北京天气怎么样', () => false),
    ['NO_COMMAND', '没有这个命令', '发送 /帮助 查看全部命令'],
  )
})

test('a plugin that waits for its grant says so', () => {
  for (const text of ['/waiting go', '/waiting', '/waiting nothing', '/帮助 waiting']) {
    assert.deepEqual(problem(text), ['PLUGIN_AWAITING_GRANT', '插件 waiting 在等待管理员授权'])
  }
})

test('help on a plugin whose commands this person may not use is no different from no plugin', () => {
  const hidden = problem('/weather', () => false)
  assert.deepEqual(
    hidden,
    problem('/nothing', () => false),
  )
})

test('names that every object has are no commands', () => {
  for (const text of ['/constructor x', '/weather constructor', '/weather __proto__', '/help toString']) {
    assert.equal(problem(text)[0], 'NO_COMMAND')
  }
})

test('a text of any length is answered', () => {
  assert.equal(problem(`/echo say ${'x'.repeat(MAX_TEXT)}`)[1], 'The message is too long, at most 16384 characters')
  assert.equal(route(`/echo say ${'x'.repeat(MAX_TEXT - 20)}`).kind, 'command')
})

test('any text is answered without a throw, and no problem repeats what is in it', () => {
  const marked = fc
    .tuple(
      fc.constantFrom('', '/', '/weather ', '/weather now ', '/echo say ', '/help ', '/waiting '),
      fc.string({ unit: 'binary' }),
    )
    .map(([head, tail]) => `${head}${tail} [QZX](http://evil)`)
  fc.assert(
    fc.property(marked, (text) => {
      const found = route(text)
      if (found.kind === 'command') return
      assert.doesNotMatch(JSON.stringify(found.reply), /QZX|evil/)
    }),
    { numRuns: 500 },
  )
})

test('a slash command costs the same among 300 plugins as among one', () => {
  const crowd = Array.from({ length: 300 }, (_, index) =>
    fakePlugin(`plugin-${index}`, { run: fakeCommand({ n: { type: 'integer' } }, { required: ['n'] }) }),
  )
  const among = (count: number) => {
    const { route: find } = createRouter(pluginMap(...crowd.slice(-count)), createArgsValidator())
    const times = Array.from({ length: 2000 }, () => {
      const begin = process.hrtime.bigint()
      const found = find('/plugin-299 run 7', () => true)
      assert.equal(found.kind, 'command')
      return Number(process.hrtime.bigint() - begin)
    })
    return times.sort((left, right) => left - right)[1000] ?? Infinity
  }
  // A median, and tenfold headroom: it is some 10 µs on an idle machine.
  assert.ok(among(300) < 500_000)
})
