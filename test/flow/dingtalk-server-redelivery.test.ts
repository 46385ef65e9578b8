// Owns the tests of what the test server pushes again, when, and under which id.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { DingTalkOptions } from '../support/dingtalk/dingtalk-server.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { connectPlainly } from '../support/dingtalk/plain-client.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dingagain', clientSecret: 'again-secret' }

async function start(t: TestContext, options: Partial<DingTalkOptions> = {}) {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app], clock, ...options })
  t.after(() => server.close())
  return { server, clock }
}

test('an unacked robot message comes once more after 60 s, with a new messageId and the same msgId', async (t) => {
  const turns = [0, 0.99]
  const { server, clock } = await start(t, { random: () => turns.shift() ?? 0 })
  using first = await connectPlainly(server, app)
  using second = await connectPlainly(server, app)
  const delivery = server.say({ text: '你好' })
  const before = await first.frames.take()
  clock.advance(59_999)
  assert.equal(delivery.attempts().length, 1)
  clock.advance(1)
  const after = await second.frames.take()
  assert.equal(after.data, before.data)
  assert.notEqual(after.headers.messageId, before.headers.messageId)
  first.ack(before)
  assert.equal((await server.stream.acks.take()).verdict, 'late')
  clock.advance(60_000)
  assert.equal(await delivery.settled, 'unacked')
  assert.equal(server.stream.frames.all().length, 2)
})

test('an acked robot message does not come again', async (t) => {
  const { server, clock } = await start(t)
  using client = await connectPlainly(server, app)
  const delivery = server.say({ text: '你好' })
  client.ack(await client.frames.take())
  await delivery.settled
  clock.advance(120_000)
  assert.equal(delivery.attempts().length, 1)
  assert.equal(clock.pending(), 0)
})

test('the redelivery modes: the same messageId, another delay, never', async (t) => {
  const same = await start(t, { robotRedelivery: 'sameMessageId', robotRedeliverMs: 16_000 })
  using client = await connectPlainly(same.server, app)
  same.server.say({ text: '你好' })
  const before = await client.frames.take()
  same.clock.advance(16_000)
  assert.deepEqual((await client.frames.take()).headers.messageId, before.headers.messageId)

  const never = await start(t, { robotRedelivery: 'never' })
  using quiet = await connectPlainly(never.server, app)
  const delivery = never.server.say({ text: '你好' })
  await quiet.frames.take()
  never.clock.advance(86_400_000)
  assert.equal(delivery.attempts().length, 1)
})

test('an unacked event comes again 10 s and 30 s after its 3 s have passed', async (t) => {
  const { server, clock } = await start(t)
  using client = await connectPlainly(server, app, [{ type: 'EVENT', topic: '*' }])
  const began = clock.now()
  const delivery = server.emit({ eventType: 'user_add_org', data: { userId: ['u1'] } })
  clock.advance(120_000)
  assert.equal(await delivery.settled, 'unacked')
  assert.deepEqual(
    delivery.attempts().map((attempt) => attempt.at - began),
    [0, 13_000, 46_000],
  )
  const ids = [await client.frames.take(), await client.frames.take(), await client.frames.take()]
  assert.equal(new Set(ids.map((frame) => frame.headers['eventId'])).size, 1)
})

test('an event waits for someone to listen, a robot message does not', async (t) => {
  const { server, clock } = await start(t)
  assert.equal(server.say({ text: '你好' }).state(), 'undeliverable')
  const event = server.emit({ eventType: 'x', data: {} })
  using client = await connectPlainly(server, app, [{ type: 'EVENT', topic: '*' }])
  clock.advance(10_000)
  client.ack(await client.frames.take(), { data: '{"status":"SUCCESS"}' })
  assert.equal(await event.settled, 'acked')
})
