// Owns the tests of the test server's messages and its HTTP mode: fixtures, signatures, replies in the answer.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { messageFixtures } from '../support/dingtalk/message-fixtures.ts'
import { signCallback, type SignatureKind } from '../support/dingtalk/sign-callback.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dinghook', clientSecret: 'this is a secret', robotCode: 'dingrobot', corpId: 'dingcorp' }

async function start(t: TestContext) {
  const clock = createFakeClock(1_577_262_236_757)
  const server = await startDingTalk({ apps: [app], clock })
  t.after(() => server.close())
  return { server, clock }
}

/** A receiver that records what it gets and answers what `answers` holds next, else an empty 200. */
async function receive(t: TestContext, answers: string[] = []) {
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const receiver = createServer((request, response) => {
    const record = (body: string) => {
      received.push({ headers: request.headers, body })
      response.end(answers.shift())
    }
    text(request).then(record, () => response.destroy())
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  t.after(() => {
    receiver.close()
    receiver.closeAllConnections()
  })
  const address = receiver.address()
  assert(address !== null && typeof address === 'object')
  return { url: `http://127.0.0.1:${address.port}/dingtalk/callback`, received }
}

test("the signature is that of the documents' own sample", () => {
  assert.equal(signCallback(1_577_262_236_757, 'this is a secret'), 'DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA=')
})

test('a callback carries the message and its signature, neither url-encoded', async (t) => {
  const { server } = await start(t)
  const { url, received } = await receive(t)
  const message = server.compose({ text: '你好' })
  const answer = await server.callbacks.post(url, message)
  assert.deepEqual([answer.status, answer.reply], [200, 'nothing'])
  const [got] = received
  assert.equal(got?.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(got.headers['timestamp'], '1577262236757')
  assert.equal(got.headers['sign'], 'DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA=')
  assert.deepEqual(JSON.parse(got.body), message.data)
})

test('the bad signatures are each bad in one way', async (t) => {
  const { server } = await start(t)
  const { url, received } = await receive(t)
  const good = 'DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA='
  const hour = 3_600_000
  const kinds = ['wrongSecret', 'overBody', 'firstCharacter', 'old', 'future', 'noSign', 'noTimestamp', 'none'] as const
  for (const kind of kinds satisfies readonly SignatureKind[])
    await server.callbacks.post(url, server.compose({}), kind)
  const [wrong, overBody, prefix, old, future, noSign, noTimestamp, none] = received.map(({ headers }) => ({
    age: headers['timestamp'] === undefined ? undefined : 1_577_262_236_757 - Number(headers['timestamp']),
    sign: headers['sign'],
  }))
  assert.equal(wrong?.age, 0)
  assert.equal(overBody?.age, 0)
  assert.equal(new Set([wrong.sign, overBody.sign, good]).size, 3)
  assert.deepEqual(prefix, { age: 0, sign: 'D' })
  assert.deepEqual(old, { age: hour + 1, sign: signCallback(1_577_262_236_757 - hour - 1, app.clientSecret) })
  assert.deepEqual(future, { age: -hour - 1, sign: signCallback(1_577_262_236_757 + hour + 1, app.clientSecret) })
  assert.deepEqual(noSign, { age: 0, sign: undefined })
  assert.deepEqual(noTimestamp, { age: undefined, sign: good })
  assert.deepEqual(none, { age: undefined, sign: undefined })
})

test('a captured pair of headers can be replayed over another body', async (t) => {
  const { server } = await start(t)
  const { url, received } = await receive(t)
  const { request } = await server.callbacks.post(url, server.compose({ text: '真的' }))
  await server.callbacks.replay(url, { ...request, body: '{"msgtype":"text"}' })
  const [first, second] = received
  assert.equal(second?.headers['sign'], first?.headers['sign'])
  assert.equal(second?.body, '{"msgtype":"text"}')
})

test('what the answer says is understood: nothing, silence, a reply, rubbish', async (t) => {
  const { server } = await start(t)
  const link = { msgtype: 'link', link: { title: 't', text: 'x', messageUrl: 'https://a.example' } }
  const answers = ['', 'null', '{"msgtype":"empty"}', '{"msgtype":"text","text":{"content":"收到"}}', 'ok']
  const { url } = await receive(t, [...answers, JSON.stringify(link)])
  const message = server.compose({ text: '你好' })
  const replies: string[] = []
  for (let turn = 0; turn <= answers.length; turn += 1) replies.push((await server.callbacks.post(url, message)).reply)
  assert.deepEqual(replies, ['nothing', 'nothing', 'silent', 'posted', 'unreadable', 'unreadable'])
  const reply = await server.replies.take()
  assert.deepEqual([reply.via, reply.msgId, reply.message], ['callback', message.msgId, JSON.parse(answers[3] ?? '')])
  assert.equal(server.replies.all().length, 1)
})

test('a 1:1 message has the fields of the live capture', async (t) => {
  const { server, clock } = await start(t)
  const { data, conversationId, sessionWebhook } = server.compose({ text: '你好', sender: { staffId: 'u1' } })
  assert.deepEqual(Object.keys(data).toSorted(), [
    'chatbotCorpId',
    'chatbotUserId',
    'conversationId',
    'conversationType',
    'createAt',
    'isAdmin',
    'msgId',
    'msgtype',
    'openThreadId',
    'robotCode',
    'senderCorpId',
    'senderId',
    'senderNick',
    'senderPlatform',
    'senderStaffId',
    'sessionWebhook',
    'sessionWebhookExpiredTime',
    'text',
  ])
  assert.equal(data['conversationType'], '1')
  assert.equal(data['createAt'], clock.now())
  assert.equal(data['sessionWebhookExpiredTime'], clock.now() + 5_400_060)
  assert.equal(data['robotCode'], 'dingrobot')
  assert.equal(data['sessionWebhook'], sessionWebhook)
  assert.match(String(data['senderId']), /^\$:LWCP_v1:\$/)
  assert.equal(server.compose({ sender: { staffId: 'u1' } }).conversationId, conversationId)
  assert.notEqual(server.compose({ sender: { staffId: 'u2' } }).conversationId, conversationId)
})

test('a group message names its group, was called by @, and keeps the separator before the words', async (t) => {
  const { server } = await start(t)
  const { data } = server.compose({ text: '你好', group: { id: 'cidG==', title: '项目群' } })
  assert.equal(data['conversationType'], '2')
  assert.deepEqual([data['conversationId'], data['conversationTitle'], data['isInAtList']], ['cidG==', '项目群', true])
  assert.deepEqual(data['atUsers'], [{ dingtalkId: data['chatbotUserId'] }])
  assert.deepEqual(data['text'], { content: ' 你好' })
  for (const kind of ['audio', 'file', 'video'] as const) {
    assert.throws(() => server.compose({ body: messageFixtures[kind], group: {} }), /from a group/)
  }
})

test('fields can be laid over a message, and left out', async (t) => {
  const { server } = await start(t)
  const fields = { senderStaffId: undefined, createAt: '1577262236757' }
  const { data } = server.compose({ fields })
  const sent: unknown = JSON.parse(JSON.stringify(data))
  assert(typeof sent === 'object' && sent !== null)
  assert(!('senderStaffId' in sent))
  assert.equal(data['createAt'], '1577262236757')
})

test('the fixtures hold every documented kind, and over quota neither text nor content', async (t) => {
  const { server } = await start(t)
  const documented = ['text', 'richText', 'picture', 'audio', 'video', 'file', 'unknownMsgType']
  const kinds = new Set<string>(Object.values(messageFixtures).map((fixture) => fixture.msgtype))
  for (const kind of [...documented, 'markdown', 'interactiveCard', 'chatRecord']) assert(kinds.has(kind), kind)
  for (const body of Object.values(messageFixtures)) {
    const { data } = server.compose({ body })
    for (const [field, value] of Object.entries(body)) assert.deepEqual(data[field], value)
  }
  const { data } = server.compose({ body: messageFixtures.overQuota })
  assert.equal(data['errorCode'], 20_001)
  assert.equal(typeof data['errorMessage'], 'string')
  assert(!('text' in data) && !('content' in data))
})
