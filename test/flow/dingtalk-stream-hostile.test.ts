import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { startStream } from '../../supervisor/chat/dingtalk/stream.ts'
import type { Message } from '../../supervisor/chat/message.ts'
import { connectWebSocket } from '../../supervisor/io/websocket.ts'
import { Secret } from '../../supervisor/secret.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { startRawWebSocket } from '../support/raw-websocket.ts'
import { createRecorder } from '../support/recorder.ts'

const robotTopic = '/v1.0/im/bot/messages/get'
const robotFrame = (data: unknown) =>
  JSON.stringify({ type: 'CALLBACK', headers: { topic: robotTopic, messageId: 'm1' }, data })

// Each is counted exactly once: as a frame that is none, a topic we never asked for, or a message that is none.
const broken = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constantFrom('', '{', 'null', '[]', '{"type":"CALLBACK"}', '{"headers":{}}', '{"__proto__":{"type":"SYSTEM"}}'),
  fc
    .record({
      type: fc.oneof(fc.constantFrom('CALLBACK', 'EVENT', 'callback'), fc.jsonValue()),
      headers: fc.oneof(fc.jsonValue(), fc.record({ topic: fc.jsonValue(), messageId: fc.jsonValue() })),
      data: fc.jsonValue(),
    })
    .map((frame) => JSON.stringify(frame)),
  fc
    .record({
      type: fc.constantFrom('CALLBACK', 'EVENT', 'callback'),
      headers: fc.record({ topic: fc.string(), messageId: fc.string({ minLength: 1 }) }),
      data: fc.string(),
    })
    .map((frame) => JSON.stringify(frame)),
  fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '{}', '[', '{"msgId":{}}')).map(robotFrame),
  fc
    .jsonValue()
    .filter((data) => typeof data !== 'string')
    .map(robotFrame),
)

/** Our stream against a server that says whatever the test likes. */
async function setUp(t: TestContext) {
  const server = await startRawWebSocket()
  const clock = createFakeClock()
  const recorder = createRecorder()
  const accepted: Message[] = []
  const stream = startStream({
    robot: { robotCode: 'ding', apiBase: 'https://api.example', oapiBase: 'https://oapi.example' },
    clientId: 'ding',
    clientSecret: new Secret('s3cret'),
    userAgent: 'molten/test',
    accept: async (message) => {
      accepted.push(message)
      return 'new'
    },
    post: async () => ({ status: 200, text: JSON.stringify({ endpoint: server.url, ticket: 't' }) }),
    connect: connectWebSocket,
    clock,
    random: () => 0.5,
    count: recorder.count,
    log: recorder.log,
  })
  t.after(async () => {
    await stream.stop()
    assert.equal(clock.pending(), 0)
    await server[Symbol.asyncDispose]()
  })
  const live = async () => {
    await recorder.counts.take((event) => event === 'stream.live')
    return server.wires.take()
  }
  return { server, clock, recorder, accepted, stream, live }
}

const ping = (messageId: string) =>
  JSON.stringify({ type: 'SYSTEM', headers: { topic: 'ping', messageId }, data: '{}' })

test('two thousand frames that nobody should send: each is counted, none is fatal', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))

  const { server, recorder, accepted, stream, live } = await setUp(t)
  const wire = await live()
  const before = recorder.counts.all().length
  for (const frame of fc.sample(broken, 2000)) wire.send(frame)
  wire.send(ping('last'))
  await server.texts.take((text) => text.includes('"last"'))

  const counted = recorder.counts.all().slice(before)
  assert.equal(counted.length, 2000)
  assert.deepEqual([...new Set(counted)].toSorted(), ['frame.malformed', 'frame.unknown', 'message.malformed'])
  assert.deepEqual(accepted, [])
  assert.equal(stream.state(), 'live')
  assert.deepEqual(unhandled, [])
})

test('a DingTalk that wants us gone but never hangs up is left after ten seconds', async (t) => {
  const { server, clock, recorder, live } = await setUp(t)
  const old = await live()
  for (let times = 0; times < 3; times += 1) old.send('{"type":"SYSTEM","headers":{"topic":"disconnect"}}')
  await live()
  old.send(ping('still here'))
  await server.texts.take((text) => text.includes('"still here"'))
  assert.equal(recorder.times('stream.replaced'), 1)
  clock.advance(9999)
  assert.equal(server.closes.all().length, 0)
  clock.advance(1)
  await server.closes.take()
  await recorder.counts.take((event) => event === 'stream.drained')
  clock.advance(10_000)
  assert.equal(recorder.times('stream.open'), 2)
})

test('a connection cut off leaves no timer behind but the one of the next try', async (t) => {
  const { clock, recorder, live } = await setUp(t)
  const wire = await live()
  wire.destroy()
  await recorder.counts.take((event) => event === 'stream.lost')
  assert.equal(clock.pending(), 1)
})
