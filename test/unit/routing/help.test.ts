import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Reply } from '../../../supervisor/chat/message.ts'
import { helpIndex, helpPlugin } from '../../../supervisor/routing/help.ts'
import { fakeCommand, fakePlugin } from '../../support/fake-plugin.ts'

const weather = fakePlugin(
  'weather',
  {
    now: fakeCommand(
      {
        city: { type: 'string', description: '城市名' },
        days: { type: 'integer', default: 3 },
        units: { enum: ['metric', 'imperial'] },
      },
      { description: '查询城市当前天气', required: ['city'], examples: ['北京天气怎么样', '/weather now 上海'] },
    ),
    erase: fakeCommand({}, { description: '清空记录', effect: 'destroy' }),
  },
  { description: '查天气' },
)
const notes = fakePlugin('notes', { add: fakeCommand({}, { effect: 'write' }) }, { description: '[记事](http://evil)' })
const waiting = fakePlugin('waiting', { go: fakeCommand() }, { state: 'awaiting-grant' })
const all = () => true

function markdown(reply: Reply | null): string {
  assert.ok(reply && 'markdown' in reply)
  return reply.markdown
}

test('lists the plugins that run, in both languages', () => {
  assert.equal(
    markdown(helpIndex([weather, notes, waiting], all, 'zh')),
    '### 可用的命令\n\n- **weather** 查天气\n- **notes** ［记事］(http://evil)\n\n' +
      '发送 /帮助 加插件名查看用法,例如 /帮助 weather。English: /help',
  )
  assert.match(
    markdown(helpIndex([weather], all, 'en')),
    /^### Commands\n\n- \*\*weather\*\* 查天气\n\nFor the usage of one/,
  )
})

test('leaves out plugins without a command for this person', () => {
  const list = markdown(helpIndex([weather, notes], (plugin) => plugin === 'notes', 'zh'))
  assert.doesNotMatch(list, /weather/)
  assert.match(list, /notes/)
  assert.equal(markdown(helpIndex([weather], () => false, 'zh')), '目前没有你可以使用的命令。')
})

test('shows the commands of a plugin', () => {
  assert.equal(
    markdown(helpPlugin(weather, all, 'zh')),
    [
      '### weather',
      '查天气',
      '**/weather now ‹city› ［days=…］ ［units=…］**',
      '查询城市当前天气(只读)',
      '- city(文字,必填):城市名\n- days(整数,默认 3)\n- units(文字,可选值 metric、imperial)',
      '例如:北京天气怎么样;/weather now 上海',
      '**/weather erase**',
      '清空记录(会删除数据,无法撤销)',
    ].join('\n\n'),
  )
  assert.match(
    markdown(helpPlugin(weather, all, 'en')),
    /- city \(text, required\): 城市名\n- days \(a whole number, by default 3\)\n- units \(text, one of metric, imperial\)/,
  )
})

test('leaves out commands that this person may not use', () => {
  const help = markdown(helpPlugin(weather, (_, command) => command === 'erase', 'zh'))
  assert.doesNotMatch(help, /weather now/)
  assert.equal(
    helpPlugin(weather, () => false, 'zh'),
    null,
  )
})

test('an argument without a type has no empty brackets', () => {
  const odd = fakePlugin('odd', { go: fakeCommand({ any: {} }) })
  assert.match(markdown(helpPlugin(odd, all, 'zh')), /- any$/)
})

test('stays as short as a client renders, and says that it does', () => {
  const many = Array.from({ length: 300 }, (_, index) => fakePlugin(`plugin-${index}`, { go: fakeCommand() }))
  const list = markdown(helpIndex(many, all, 'zh'))
  assert.ok(list.length < 3500)
  const shown = list.match(/^- \*\*/gm)?.length ?? 0
  assert.ok(shown > 10)
  assert.match(list, new RegExp(`……还有 ${300 - shown} 个`))
})
