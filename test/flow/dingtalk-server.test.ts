// Owns the proof that the test server speaks DingTalk: the official client, unmodified, is run against it.

import { createRequire } from 'node:module'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type * as OfficialSdk from 'dingtalk-stream'
import { z } from 'zod'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

type AxiosConfig = { url?: string }
type Axios = { interceptors: { request: { use: (edit: (config: AxiosConfig) => AxiosConfig) => void } } }

// The CommonJS halves of both packages, so that the axios found here is the very instance that the client uses.
const require = createRequire(import.meta.url)
const { DWClient, EventAck, TOPIC_ROBOT }: typeof OfficialSdk = require('dingtalk-stream')
const axios: Axios = createRequire(require.resolve('dingtalk-stream'))('axios')

let base = ''
axios.interceptors.request.use((config) => {
  const url = (config.url ?? '').replace(/^https:\/\/o?api\.dingtalk\.com/, base)
  return { ...config, url }
})

const messageSchema = z.looseObject({ sessionWebhook: z.string(), text: z.object({ content: z.string() }) })

const app = { clientId: 'dingofficial', clientSecret: 'official-secret' }

async function start(t: TestContext) {
  // The client announces every connect on the console.
  t.mock.method(console, 'info', () => {})
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app], clock })
  base = server.url
  // Given its own list, because the client's default one is shared by all instances.
  const options = { ...app, ua: 'conformance', subscriptions: [{ type: 'EVENT', topic: '*' }] }
  const client = new DWClient(options)
  t.after(async () => {
    client.disconnect()
    await server.close()
  })
  return { server, client, clock }
}

test('the official client gets a ticket, connects, receives a message, replies by webhook and acks', async (t) => {
  const { server, client } = await start(t)
  const handled = Promise.withResolvers<unknown>()
  client.registerCallbackListener(TOPIC_ROBOT, (frame) => {
    const message = messageSchema.parse(JSON.parse(frame.data))
    const body = { msgtype: 'text', text: { content: `收到 ${message.text.content}` } }
    fetch(message.sessionWebhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
      .then(() => client.socketCallBackResponse(frame.headers.messageId, 'done'))
      .then(() => handled.resolve(message), handled.reject)
  })
  await client.connect()
  const open = await server.opens.take()
  assert.equal(open.status, 200)
  assert.equal(open.ua, 'conformance')
  assert.deepEqual(open.subscriptions, [
    { type: 'EVENT', topic: '*' },
    { type: 'CALLBACK', topic: TOPIC_ROBOT },
  ])

  const delivery = server.say({ text: '你好', msgId: 'msg1==' })
  const reply = await server.replies.take()
  assert.deepEqual(reply.message, { msgtype: 'text', text: { content: '收到 你好' } })
  assert.equal(reply.msgId, 'msg1==')

  const ack = await server.stream.acks.take()
  assert.equal(ack.verdict, 'accepted')
  assert.equal(ack.frame?.headers.messageId, delivery.attempts()[0]?.messageId)
  assert.equal(ack.frame?.data, '{"response":"done"}')
  assert.equal(await delivery.settled, 'acked')
  await handled.promise
})

test('the official client answers a ping with the same data', async (t) => {
  const { server, client } = await start(t)
  await client.connect()
  const connection = await server.stream.connections.take()
  const messageId = connection.ping('opaque-1')
  const ack = await server.stream.acks.take()
  assert.equal(ack.verdict, 'accepted')
  assert.equal(ack.frame?.headers.messageId, messageId)
  assert.equal(ack.frame?.data, '{"opaque":"opaque-1"}')
})

test('the official client acks an event, and LATER brings it back with a new messageId and the same eventId', async (t) => {
  const { server, client, clock } = await start(t)
  const seen: { type: string | undefined; id: string | undefined; messageId: string; data: unknown }[] = []
  client.registerAllEventListener((event) => {
    const { eventType, eventId, messageId } = event.headers
    seen.push({ type: eventType, id: eventId, messageId, data: JSON.parse(event.data) })
    return { status: seen.length === 1 ? EventAck.LATER : EventAck.SUCCESS }
  })
  await client.connect()
  await server.stream.connections.take()
  const delivery = server.emit({ eventType: 'chat_update_title', data: { title: '新名字' } })
  assert.equal((await server.stream.acks.take()).verdict, 'refused')
  clock.advance(10_000)
  assert.equal((await server.stream.acks.take()).verdict, 'accepted')
  assert.equal(await delivery.settled, 'acked')

  const [first, second] = seen
  assert.equal(first?.type, 'chat_update_title')
  assert.deepEqual(first?.data, { title: '新名字' })
  assert.equal(second?.id, first?.id)
  assert.notEqual(second?.messageId, first?.messageId)
})

test('the official client understands REGISTERED and disconnect, and comes back with a new ticket', async (t) => {
  const { server, client, clock } = await start(t)
  // Its pause before reconnecting is 1 s and private.
  Object.assign(client, { reconnectInterval: 1 })
  await client.connect()
  const first = await server.stream.connections.take()
  first.notify('REGISTERED')
  first.notify('KEEPALIVE')
  first.ping()
  await server.stream.acks.take()
  assert.equal(client.registered, true)

  first.disconnect()
  // Frames keep their order, so an answered ping shows that disconnect has been handled.
  first.ping()
  await server.stream.acks.take()
  assert.equal(client.registered, false)
  assert.equal(first.state(), 'draining')
  assert.equal(server.say({ text: '有人吗' }).state(), 'undeliverable')

  clock.advance(10_000)
  await first.closed
  const second = await server.stream.connections.take()
  assert.notEqual(second.connectionId, first.connectionId)
  assert.equal(server.opens.all().length, 2)
  assert.deepEqual(server.stream.open(), [second])
  second.ping()
  assert.equal((await server.stream.acks.take()).verdict, 'accepted')
})

test('the official client gets a token from /gettoken', async (t) => {
  const { server, client } = await start(t)
  const token = await client.getAccessToken()
  assert.equal(typeof token, 'string')
  assert.equal(await client.getAccessToken(), token)
  assert.deepEqual(
    server.tokens.grants.all().map((grant) => grant.renewed),
    [false, true],
  )
})
