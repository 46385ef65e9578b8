// Owns the tests of the test server's sessionWebhook: what it takes, how long, and what it says when it does not.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createApiCaller, oapiBody } from '../support/dingtalk/api-caller.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dinghook', clientSecret: 'hook-secret' }
const textMessage = { msgtype: 'text', text: { content: '收到' } }

async function start(t: TestContext) {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app], clock })
  t.after(() => server.close())
  const { post } = createApiCaller(server)
  const errcode = async (url: string, body: unknown, headers?: Record<string, string>) =>
    (await oapiBody(await post(url, body, headers))).errcode
  return { server, clock, post, errcode }
}

test('a sessionWebhook takes every documented message for 1.5 h and then says, with HTTP 200, that it is gone', async (t) => {
  const { server, clock, post, errcode } = await start(t)
  const { sessionWebhook, msgId, conversationId } = server.compose({ text: '你好' })
  assert.match(sessionWebhook, /^http:\/\/127\.0\.0\.1:\d+\/robot\/sendBySession\?session=[0-9a-f]{32}$/)
  const messages = [
    { ...textMessage, at: { atUserIds: ['user123'], isAtAll: false } },
    { msgtype: 'markdown', markdown: { title: '杭州天气', text: '#### 杭州天气' } },
    { msgtype: 'link', link: { title: 't', text: 'x', picUrl: 'https://a.example', messageUrl: 'https://b.example' } },
    {
      msgtype: 'actionCard',
      actionCard: { title: 't', text: 'x', singleTitle: '阅读', singleURL: 'https://a.example' },
    },
    {
      msgtype: 'actionCard',
      actionCard: { title: 't', text: 'x', btns: [{ title: '好', actionURL: 'https://a.example' }] },
    },
    {
      msgtype: 'feedCard',
      feedCard: { links: [{ title: '1', messageURL: 'https://a.example', picURL: 'https://b.example' }] },
    },
  ]
  for (const message of messages) assert.equal(await errcode(sessionWebhook, message), 0)
  assert.deepEqual(
    server.replies.all().map((reply) => reply.message),
    messages,
  )
  const reply = await server.replies.take()
  assert.deepEqual([reply.msgId, reply.conversationId, reply.via], [msgId, conversationId, 'webhook'])

  clock.advance(5_399_999)
  assert.equal(await errcode(sessionWebhook, textMessage), 0)
  clock.advance(1)
  const gone = await post(sessionWebhook, textMessage)
  assert.equal(gone.status, 200)
  assert.deepEqual(await gone.json(), { errcode: 300_001, errmsg: 'session 不存在' })
  assert.equal(await errcode('/robot/sendBySession?session=0123', textMessage), 300_001)
})

test('a sessionWebhook refuses more than 20000 bytes, unknown types and missing parts', async (t) => {
  const { server, errcode } = await start(t)
  const { sessionWebhook } = server.compose({})
  const overhead = Buffer.byteLength(JSON.stringify({ msgtype: 'text', text: { content: '' } }))
  const sized = (bytes: number) => ({ msgtype: 'text', text: { content: 'x'.repeat(bytes - overhead) } })
  assert.equal(await errcode(sessionWebhook, sized(20_000)), 0)
  assert.equal(await errcode(sessionWebhook, sized(20_001)), 460_101)
  // 6667 characters of 3 bytes each: the limit counts bytes.
  assert.equal(await errcode(sessionWebhook, { msgtype: 'text', text: { content: '钉'.repeat(6667) } }), 460_101)

  assert.equal(await errcode(sessionWebhook, { msgtype: 'image', image: { mediaId: '@x' } }), 400_105)
  assert.equal(await errcode(sessionWebhook, { msgtype: 'markdown', markdown: { text: 'x' } }), 40_035)
  assert.equal(await errcode(sessionWebhook, { msgtype: 'actionCard', actionCard: { title: 't', text: 'x' } }), 40_035)
  assert.equal(await errcode(sessionWebhook, { msgtype: 'text', text: { content: '' } }), 40_035)
  assert.equal(await errcode(sessionWebhook, 'not json'), 40_035)
  assert.equal(await errcode(sessionWebhook, textMessage, { 'content-type': 'text/plain' }), 43_004)
  assert.equal(server.replies.all().length, 1)
})
