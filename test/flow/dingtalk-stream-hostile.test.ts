import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { startStream } from '../../supervisor/chat/dingtalk/stream.ts'
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

test('two thousand frames that nobody should send: each is counted, none is fatal', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))

  await using server = await startRawWebSocket()
  const recorder = createRecorder()
  let accepted = 0
  const stream = startStream({
    robot: { robotCode: 'ding', apiBase: 'https://api.example', oapiBase: 'https://oapi.example' },
    clientId: 'ding',
    clientSecret: new Secret('s3cret'),
    userAgent: 'molten/test',
    accept: async () => {
      accepted += 1
      return 'new'
    },
    post: async () => ({ status: 200, text: JSON.stringify({ endpoint: server.url, ticket: 't' }) }),
    connect: connectWebSocket,
    clock: createFakeClock(),
    random: () => 0.5,
    count: recorder.count,
    log: recorder.log,
  })
  const wire = await server.wires.take()
  await recorder.counts.take((event) => event === 'stream.live')
  const before = recorder.counts.all().length

  const frames = fc.sample(broken, 2000)
  for (const frame of frames) wire.send(frame)
  wire.send('{"type":"SYSTEM","headers":{"topic":"ping","messageId":"last"},"data":"{}"}')
  await server.texts.take((text) => text.includes('"last"'))

  const counted = recorder.counts.all().slice(before)
  assert.equal(counted.length, 2000)
  const kinds = new Set(counted)
  assert.deepEqual([...kinds].toSorted(), ['frame.malformed', 'frame.unknown', 'message.malformed'])
  assert.equal(accepted, 0)
  assert.equal(stream.state(), 'live')
  await stream.stop()
  assert.deepEqual(unhandled, [])
})
