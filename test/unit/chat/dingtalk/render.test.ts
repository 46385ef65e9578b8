import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { z } from 'zod'
import { renderReply } from '../../../../supervisor/chat/dingtalk/render.ts'

test('a text in both dialects', () => {
  assert.deepEqual(renderReply({ text: '你好' }), [
    {
      webhook: { msgtype: 'text', text: { content: '你好' } },
      openApi: { msgKey: 'sampleText', msgParam: '{"content":"你好"}' },
    },
  ])
})

test('markdown in both dialects', () => {
  assert.deepEqual(renderReply({ markdown: '**杭州** 9度', title: '杭州天气' }), [
    {
      webhook: { msgtype: 'markdown', markdown: { title: '杭州天气', text: '**杭州** 9度' } },
      openApi: { msgKey: 'sampleMarkdown', msgParam: '{"title":"杭州天气","text":"**杭州** 9度"}' },
    },
  ])
})

function titleOf(markdown: string, title?: string): unknown {
  const [piece] = renderReply({ markdown, title })
  return z.object({ title: z.string() }).parse(piece?.webhook['markdown']).title
}

test('a title is never missing', () => {
  assert.equal(titleOf('#### 杭州天气 \n> 9度'), '杭州天气')
  assert.equal(titleOf('\n\n- **第一** `项`\n'), '第一 项')
  assert.equal(titleOf('text', '  '), 'text')
  assert.equal(titleOf('> ***'), '消息')
  assert.equal(titleOf('plain', '# given'), '# given')
  assert.equal(titleOf('😀'.repeat(100)), '😀'.repeat(64))
})

test('there is nothing to send in a reply without anything to see', () => {
  assert.deepEqual(renderReply({ text: '' }), [])
  assert.deepEqual(renderReply({ markdown: ' \n\n ', title: 'title' }), [])
})

// Letters of 1, 3, 4 and, once escaped, 2 and 6 bytes.
const letters = fc.constantFrom('a', '好', '😀', '"', '\u0001', '\n', '\n\n')
const longText = fc
  .array(fc.tuple(letters, fc.integer({ min: 1, max: 3000 })), { maxLength: 8 })
  .map((runs) => runs.map(([letter, times]) => letter.repeat(times)).join(''))

const paramSchema = z.union([z.object({ content: z.string() }), z.object({ text: z.string() })])

function wordsOf(msgParam: string): string {
  const param = paramSchema.parse(JSON.parse(msgParam))
  return 'content' in param ? param.content : param.text
}

test('every piece keeps within what DingTalk takes and shows', () => {
  fc.assert(
    fc.property(longText, fc.boolean(), fc.option(longText), (text, isMarkdown, title) => {
      const pieces = renderReply(isMarkdown ? { markdown: text, title: title ?? undefined } : { text })
      for (const { webhook, openApi } of pieces) {
        assert.ok(Buffer.byteLength(JSON.stringify(webhook)) < 20_000)
        assert.ok(Buffer.byteLength(openApi.msgParam) <= 15_000)
        assert.ok(wordsOf(openApi.msgParam).length <= 3800)
      }
      const said = pieces.map(({ openApi }) => wordsOf(openApi.msgParam))
      assert.equal(said.join('').replaceAll(/\s/g, ''), text.replaceAll(/\s/g, ''))
    }),
  )
})
