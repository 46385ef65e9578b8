// Owns the tests of what the test server pushes to whom, and which acks it takes.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { DingTalkOptions } from '../support/dingtalk/dingtalk-server.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { connectPlainly } from '../support/dingtalk/plain-client.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dingpush', clientSecret: 'push-secret' }
const other = { clientId: 'dingother', clientSecret: 'other-secret' }

async function start(t: TestContext, options: Partial<DingTalkOptions> = {}) {
  const server = await startDingTalk({ apps: [app, other], clock: createFakeClock(), ...options })
  t.after(() => server.close())
  return { server }
}

test('a frame has the captured form, and any ack of code 200 on its own socket is accepted', async (t) => {
  const { server } = await start(t)
  using client = await connectPlainly(server, app)
  const delivery = server.say({ text: '你好' })
  const frame = await client.frames.take()
  assert.equal(frame.specVersion, '1.0')
  assert.equal(frame.type, 'CALLBACK')
  assert.match(frame.headers.messageId, /^[0-9a-f]{8}_[0-9a-f]{4}_[0-9a-f]{11}_[0-9a-f]{7}$/)
  assert.deepEqual(Object.keys(frame.headers).toSorted(), [
    'appId',
    'connectionId',
    'contentType',
    'messageId',
    'time',
    'topic',
  ])

  client.write('not json')
  client.ack({ ...frame, headers: { ...frame.headers, messageId: 'never-sent' } })
  client.ack(frame, { code: 500 })
  client.ack(frame, { message: '', data: '{"response": "OK"}', extra: 1 })
  client.ack(frame)
  assert.equal(await delivery.settled, 'acked')
  await server.stream.acks.take((ack) => ack.verdict === 'late')
  assert.deepEqual(
    server.stream.acks.all().map((ack) => ack.verdict),
    ['malformed', 'unknown', 'refused', 'accepted', 'late'],
  )
})

test('an ack counts only on the socket that the message came by', async (t) => {
  const { server } = await start(t, { random: () => 0 })
  using chosen = await connectPlainly(server, app)
  using bystander = await connectPlainly(server, app)
  const delivery = server.say({ text: '你好' })
  const frame = await chosen.frames.take()
  bystander.ack(frame)
  assert.equal((await server.stream.acks.take()).verdict, 'unknown')
  assert.equal(delivery.state(), 'pending')
  chosen.ack(frame)
  assert.equal(await delivery.settled, 'acked')
})

test('a strict server refuses an event ack that names no status', async (t) => {
  const { server } = await start(t, { strictAcks: true })
  using client = await connectPlainly(server, app, [{ type: 'EVENT', topic: '*' }])
  server.emit({ eventType: 'x', data: {} })
  const frame = await client.frames.take()
  client.ack(frame, { data: frame.data })
  assert.equal((await server.stream.acks.take()).verdict, 'refused')
})

test('only subscribed topics of the own app are pushed', async (t) => {
  const { server } = await start(t)
  using events = await connectPlainly(server, app, [{ type: 'EVENT', topic: '*' }])
  using stranger = await connectPlainly(server, other)
  assert.equal(server.say({ text: '你好' }).state(), 'undeliverable')
  assert.equal(server.emit({ clientId: other.clientId, eventType: 'x', data: {} }).attempts().length, 0)
  server.emit({ eventType: 'x', data: {} })
  assert.equal((await events.frames.take()).type, 'EVENT')
  server.say({ clientId: other.clientId, text: '你好' })
  assert.equal((await stranger.frames.take()).type, 'CALLBACK')
  assert.equal(server.stream.frames.all().length, 2)
})

test('a ping is answered only by its own data', async (t) => {
  const { server } = await start(t)
  using client = await connectPlainly(server, app)
  const connection = await server.stream.connections.take()
  connection.ping('o1')
  const frame = await client.frames.take()
  assert.equal(frame.headers.topic, 'ping')
  client.ack(frame, { data: '{"opaque":"o2"}' })
  assert.equal((await server.stream.acks.take()).verdict, 'refused')
  client.ack(frame, { data: frame.data })
  assert.equal((await server.stream.acks.take()).verdict, 'accepted')
})
