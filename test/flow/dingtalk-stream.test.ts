import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startStream } from '../../supervisor/chat/dingtalk/stream.ts'
import type { Message } from '../../supervisor/chat/message.ts'
import { connectWebSocket } from '../../supervisor/io/websocket.ts'
import { Secret } from '../../supervisor/secret.ts'
import type { DingTalkOptions } from '../support/dingtalk/dingtalk-server.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { answerWith, slow } from '../support/dingtalk/fault-kinds.ts'
import { createFeed } from '../support/dingtalk/feed.ts'
import { apiError, json } from '../support/dingtalk/http-message.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'
import { post } from '../support/post.ts'
import { createRecorder } from '../support/recorder.ts'

const app = { clientId: 'dingstream', clientSecret: 's3cret-of-the-app' }
const openPath = '/v1.0/gateway/connections/open'

/** An inbox: durable only for the test, unique by key, and failing or hanging at the test's word. */
function createInbox() {
  const kept = new Map<string, Message>()
  const asked = createFeed<Message>('message')
  const behaviour: { before: (message: Message) => Promise<void> } = { before: async () => {} }
  return {
    kept,
    asked,
    behaviour,
    accept: async (message: Message) => {
      asked.append(message)
      await behaviour.before(message)
      if (kept.has(message.key)) return 'duplicate' as const
      kept.set(message.key, message)
      return 'new' as const
    },
  }
}

/** A DingTalk and our stream, on one clock that only the test moves. */
async function setUp(t: TestContext, options: Partial<DingTalkOptions> = {}) {
  const clock = createFakeClock()
  const dingtalk = await startDingTalk({ apps: [app], clock, strictAcks: true, ...options })
  const inbox = createInbox()
  const recorder = createRecorder()
  const answers = createFeed<number>('answer to a POST')
  const hold = { answer: async () => {} }
  const dials: string[] = []
  const stream = startStream({
    robot: { robotCode: app.clientId, apiBase: dingtalk.url, oapiBase: dingtalk.url },
    clientId: app.clientId,
    clientSecret: new Secret(app.clientSecret),
    userAgent: 'molten/test',
    accept: inbox.accept,
    post: async (...request) => {
      const answer = await post(...request)
      await hold.answer()
      setImmediate(() => answers.append(answer.status))
      return answer
    },
    connect: (url, events) => {
      dials.push(url)
      return connectWebSocket(url, events)
    },
    clock,
    random: () => 0.5,
    count: recorder.count,
    log: recorder.log,
  })
  t.after(async () => {
    await stream.stop()
    assert.deepEqual(dingtalk.stream.open(), [])
    await dingtalk.close()
    const attention = stream.attention() ?? ''
    assert.doesNotMatch(recorder.transcript() + attention, /s3cret|ticket=|session=|你好/)
  })
  const live = async () => {
    await recorder.counts.take((event) => event === 'stream.live')
    return dingtalk.stream.connections.take()
  }
  return { clock, dingtalk, inbox, recorder, stream, live, answers, hold, dials }
}

test('a message is acknowledged when it is kept, not before', async (t) => {
  const { dingtalk, inbox, live, stream } = await setUp(t)
  await live()
  assert.equal(stream.state(), 'live')
  const gate = Promise.withResolvers<void>()
  inbox.behaviour.before = () => gate.promise

  const delivery = dingtalk.say({ text: '你好', msgId: 'msg1' })
  const message = await inbox.asked.take()
  assert.equal(message.text, '你好')
  assert.equal(message.key, 'dingstream:msg1')
  assert.equal(message.person, 'dingtalk:manager807')
  assert.equal(delivery.state(), 'pending')

  gate.resolve()
  assert.equal(await delivery.settled, 'acked')
  assert.equal((await dingtalk.stream.acks.take()).verdict, 'accepted')
})

test('it asks for one thing, names itself, and opens once', async (t) => {
  const { dingtalk, live } = await setUp(t)
  await live()
  const open = await dingtalk.opens.take()
  assert.deepEqual(open.subscriptions, [{ type: 'CALLBACK', topic: '/v1.0/im/bot/messages/get' }])
  assert.equal(open.ua, 'molten/test')
  assert.equal(dingtalk.opens.all().length, 1)
})

test('what could not be kept is refused, pushed again and then kept', async (t) => {
  const { clock, dingtalk, inbox, live, recorder } = await setUp(t, { robotRedeliverMs: 5000 })
  await live()
  inbox.behaviour.before = () => Promise.reject(new Error('disk full while writing 你好'))
  const delivery = dingtalk.say({ text: '你好' })
  const ack = await dingtalk.stream.acks.take()
  assert.equal(ack.frame?.code, 500)
  assert.equal(ack.verdict, 'refused')
  assert.equal(inbox.kept.size, 0)

  inbox.behaviour.before = async () => {}
  clock.advance(5000)
  assert.equal(await delivery.settled, 'acked')
  const [first, second] = delivery.attempts()
  assert.notEqual(first?.messageId, second?.messageId)
  assert.equal(inbox.kept.size, 1)
  assert.equal(recorder.times('message.unkept'), 1)
})

test('a message that comes twice is acknowledged twice and kept once', async (t) => {
  const { dingtalk, inbox, live, recorder } = await setUp(t)
  await live()
  const message = dingtalk.compose({ text: '你好' })
  assert.equal(await dingtalk.deliver(message).settled, 'acked')
  assert.equal(await dingtalk.deliver(message).settled, 'acked')
  assert.equal(inbox.kept.size, 1)
  assert.equal(recorder.times('message.new'), 1)
  assert.equal(recorder.times('message.duplicate'), 1)
})

test('a slow store and a repetition: one message, both pushes answered', async (t) => {
  const { clock, dingtalk, inbox, live } = await setUp(t, { robotRedeliverMs: 5000 })
  await live()
  const gate = Promise.withResolvers<void>()
  inbox.behaviour.before = () => gate.promise
  const delivery = dingtalk.say({ text: '你好' })
  await inbox.asked.take()
  clock.advance(5000)
  await inbox.asked.take()
  gate.resolve()
  assert.equal(await delivery.settled, 'acked')
  const verdicts = [await dingtalk.stream.acks.take(), await dingtalk.stream.acks.take()].map(({ verdict }) => verdict)
  assert.deepEqual(verdicts.toSorted(), ['accepted', 'late'])
  assert.equal(inbox.kept.size, 1)
})

test('cut off between keeping and acknowledging: it comes again and is kept once', async (t) => {
  const { clock, dingtalk, inbox, live, recorder } = await setUp(t, { robotRedeliverMs: 5000 })
  const first = await live()
  const gate = Promise.withResolvers<void>()
  inbox.behaviour.before = () => gate.promise
  const delivery = dingtalk.say({ text: '你好' })
  await inbox.asked.take()
  first.kill()
  await recorder.counts.take((event) => event === 'stream.lost')
  gate.resolve()
  await recorder.counts.take((event) => event === 'ack.lost')
  clock.advance(500)
  await live()
  clock.advance(4500)
  assert.equal(await delivery.settled, 'acked')
  assert.equal(recorder.times('message.duplicate'), 1)
  assert.equal(inbox.kept.size, 1)
})

test('a store that hangs does not fill the memory: the message too many is refused', async (t) => {
  const { clock, dingtalk, inbox, live, recorder, stream } = await setUp(t)
  await live()
  inbox.behaviour.before = () => Promise.withResolvers<void>().promise
  for (let n = 0; n < 257; n += 1) dingtalk.say({ text: '你好', msgId: `msg${n}` })
  const ack = await dingtalk.stream.acks.take()
  assert.equal(ack.frame?.code, 500)
  assert.equal(inbox.asked.all().length, 256)
  assert.equal(recorder.times('frame.overload'), 1)
  const stopped = stream.stop()
  clock.advance(5000)
  await stopped
})

test('what is none of ours is acknowledged, counted and not kept', async (t) => {
  const { dingtalk, inbox, live, recorder } = await setUp(t)
  await live()
  const others = dingtalk.say({ text: '你好', fields: { robotCode: 'dingother' } })
  assert.equal(await others.settled, 'acked')
  const malformed = dingtalk.say({ text: '你好', fields: { msgId: undefined } })
  assert.equal(await malformed.settled, 'acked')
  assert.equal(inbox.asked.all().length, 0)
  assert.equal(recorder.times('message.other-robot'), 1)
  assert.equal(recorder.times('message.malformed'), 1)
})

test('pings are answered with their own data, unknown topics with 404, notices not at all', async (t) => {
  const { dingtalk, live, recorder } = await setUp(t)
  const connection = await live()
  connection.notify('REGISTERED')
  connection.notify('KEEPALIVE')
  connection.ping('an opaque thing')
  assert.equal((await dingtalk.stream.acks.take()).verdict, 'accepted')

  const headers = { topic: '/v1.0/card/instances/callback', messageId: 'card1' }
  connection.push({ type: 'CALLBACK', headers, data: '{}' }, () => 'accepted')
  assert.equal((await dingtalk.stream.acks.take()).frame?.code, 404)
  assert.equal(recorder.times('frame.unknown'), 1)
})

test('disconnect: the next connection opens at once, the old one still acknowledges what it brought', async (t) => {
  const { clock, dingtalk, inbox, live, recorder } = await setUp(t)
  const old = await live()
  const gate = Promise.withResolvers<void>()
  inbox.behaviour.before = () => gate.promise
  const early = dingtalk.say({ text: '你好', msgId: 'early' })
  await inbox.asked.take()

  old.disconnect()
  const next = await live()
  assert.equal(dingtalk.stream.open().length, 2)
  inbox.behaviour.before = async () => {}
  const late = dingtalk.say({ text: '你好', msgId: 'late' })
  assert.equal(await late.settled, 'acked')
  assert.equal(late.attempts()[0]?.connectionId, next.connectionId)

  gate.resolve()
  assert.equal(await early.settled, 'acked')
  const acks = [await dingtalk.stream.acks.take(), await dingtalk.stream.acks.take()]
  assert.deepEqual(
    acks.map(({ connectionId }) => connectionId),
    [next.connectionId, old.connectionId],
  )

  clock.advance(10_000)
  await old.closed
  await recorder.counts.take((event) => event === 'stream.drained')
  clock.advance(10_000)
  assert.deepEqual(dingtalk.stream.open(), [next])
  assert.equal(dingtalk.opens.all().length, 2)
})

test('a DingTalk that asks for a new connection again and again is not followed in a storm', async (t) => {
  const { clock, dingtalk, live, recorder, stream } = await setUp(t)
  const first = await live()
  first.disconnect()
  const second = await live()
  second.disconnect()
  await recorder.counts.take((event) => event === 'stream.replaced')
  await recorder.counts.take((event) => event === 'stream.replaced')
  assert.equal(stream.state(), 'idle')
  assert.equal(dingtalk.opens.all().length, 2)
  clock.advance(1000)
  const third = await live()
  assert.equal(dingtalk.opens.all().length, 3)

  // Half a minute later it has proved itself, and is replaced at once again.
  for (const ms of [20_000, 10_000]) {
    clock.advance(ms)
    third.ping()
    await dingtalk.stream.acks.take()
  }
  third.disconnect()
  await live()
})

test('a connection cut off is replaced by exactly one', async (t) => {
  const { clock, dingtalk, inbox, live, recorder } = await setUp(t)
  const first = await live()
  first.kill()
  await recorder.counts.take((event) => event === 'stream.lost')
  clock.advance(500)
  const second = await live()
  assert.deepEqual(dingtalk.stream.open(), [second])
  assert.equal(await dingtalk.say({ text: '你好' }).settled, 'acked')
  assert.equal(inbox.kept.size, 1)
})

test('a link that is only half open is found by its silence', async (t) => {
  const { clock, dingtalk, live, recorder } = await setUp(t)
  const first = await live()
  // After the first answer the pong to the client's own first ping is on its way, after the second it is there.
  for (let round = 0; round < 2; round += 1) {
    first.ping()
    await dingtalk.stream.acks.take()
  }
  first.goHalfOpen()
  clock.advance(20_000)
  await first.swallowed.take((what) => what === 'ping')
  clock.advance(20_000)
  await first.swallowed.take((what) => what === 'ping')
  assert.equal(recorder.times('stream.lost'), 0)
  clock.advance(20_000)
  await recorder.counts.take((event) => event === 'stream.lost')
  clock.advance(500)
  const second = await live()
  assert.deepEqual(dingtalk.stream.open(), [second])
})

test('a link that answers pings lives on', async (t) => {
  const { clock, dingtalk, live } = await setUp(t)
  const first = await live()
  for (let beat = 0; beat < 5; beat += 1) {
    clock.advance(20_000)
    first.ping()
    await dingtalk.stream.acks.take()
  }
  assert.deepEqual(dingtalk.stream.open(), [first])
})

test('refused credentials: it says so, tries seldom, and recovers by itself', async (t) => {
  const { clock, dingtalk, live, recorder, stream } = await setUp(t, { apps: [{ ...app, clientSecret: 'changed' }] })
  await recorder.counts.take((event) => event === 'stream.refused')
  assert.equal(stream.state(), 'idle')
  assert.match(stream.attention() ?? '', /401 authFailed.*app_secret/)
  clock.advance(89_999)
  assert.equal(recorder.times('stream.open'), 1)

  const lift = dingtalk.faults.set(openPath, answerWith(apiError(400, 'unpublished', '应用未发布')))
  clock.advance(1)
  await recorder.counts.take((event) => event === 'stream.refused')
  assert.match(stream.attention() ?? '', /400 unpublished.*publish/)

  lift()
  clock.advance(89_999)
  dingtalk.faults.set(openPath, answerWith(json(200, await admission(dingtalk.url))), 1)
  clock.advance(1)
  await live()
  assert.equal(stream.attention(), null)
})

/** What the gateway would have answered to the right secret. */
async function admission(url: string): Promise<unknown> {
  const request = { clientId: app.clientId, clientSecret: 'changed', subscriptions: [] }
  const options = { timeoutMs: 1000, maxBytes: 10_000, headers: { accept: 'application/json' } }
  return JSON.parse((await post(`${url}${openPath}`, request, options)).text)
}

test('a WebSocket refused for ten seconds costs six tries at most, and ends in one socket', async (t) => {
  const { clock, dingtalk, live, recorder, stream } = await setUp(t)
  const first = await live()
  const lift = dingtalk.faults.set('/connect', answerWith(json(503, {})))
  first.kill()
  await recorder.counts.take((event) => event === 'stream.lost')
  const opensBefore = dingtalk.opens.all().length
  const until = clock.now() + 10_000
  while (clock.now() < until) {
    if (stream.state() === 'idle') clock.advance(100)
    else await recorder.counts.take((event) => event === 'stream.lost')
  }
  const tries = dingtalk.opens.all().length - opensBefore
  assert.ok(tries >= 2 && tries <= 6, `${tries} tries`)

  lift()
  clock.advance(60_000)
  await live()
  assert.equal(dingtalk.stream.open().length, 1)
  assert.equal(dingtalk.opens.all().length - opensBefore, tries + 1)
})

test('a gateway that is down is asked again for ever, at most once a minute in the end', async (t) => {
  const { clock, dingtalk, live, recorder } = await setUp(t)
  const first = await live()
  const lift = dingtalk.faults.set(openPath, { kind: 'reset' })
  first.kill()
  await recorder.counts.take((event) => event === 'stream.lost')
  for (let tries = 0; tries < 12; tries += 1) {
    clock.advance(30_000)
    await recorder.counts.take((event) => event === 'stream.refused')
  }
  assert.equal(dingtalk.opens.all().length, 1)
  lift()
  clock.advance(30_000)
  await live()
})

test('stopping takes nothing new, acknowledges what is in hand, and stays stopped', async (t) => {
  const { clock, dingtalk, inbox, live, stream, recorder } = await setUp(t)
  const connection = await live()
  const gate = Promise.withResolvers<void>()
  inbox.behaviour.before = () => gate.promise
  const inHand = dingtalk.say({ text: '你好', msgId: 'in hand' })
  await inbox.asked.take()

  const stopped = stream.stop()
  assert.equal(stream.state(), 'draining')
  const tooLate = dingtalk.say({ text: '你好', msgId: 'too late' })
  gate.resolve()
  assert.equal(await inHand.settled, 'acked')
  await stopped
  await connection.closed
  assert.equal(stream.state(), 'stopped')
  assert.equal(tooLate.state(), 'pending')
  assert.equal(inbox.asked.all().length, 1)

  clock.advance(600_000)
  assert.equal(recorder.times('stream.open'), 1)
  assert.equal(stream.stop(), stopped)
})

test('stopping does not wait for ever for a store that hangs', async (t) => {
  const { clock, dingtalk, inbox, live, stream } = await setUp(t)
  const connection = await live()
  inbox.behaviour.before = () => Promise.withResolvers<void>().promise
  dingtalk.say({ text: '你好' })
  await inbox.asked.take()
  const stopped = stream.stop()
  clock.advance(5000)
  await stopped
  await connection.closed
})

test('stopping between two tries cancels the next', async (t) => {
  const { clock, dingtalk, live, recorder, stream } = await setUp(t)
  const first = await live()
  first.kill()
  await recorder.counts.take((event) => event === 'stream.lost')
  await stream.stop()
  clock.advance(600_000)
  assert.equal(stream.state(), 'stopped')
  assert.equal(dingtalk.opens.all().length, 1)
})

test('stopping while the gateway has not answered dials nothing', async (t) => {
  const { clock, dingtalk, live, recorder, stream, answers, hold, dials } = await setUp(t)
  const first = await live()
  await answers.take()
  const gate = Promise.withResolvers<void>()
  hold.answer = () => gate.promise
  first.kill()
  await recorder.counts.take((event) => event === 'stream.lost')
  clock.advance(500)
  await stream.stop()
  gate.resolve()
  await answers.take()
  assert.equal(dials.length, 1)
  assert.equal(dingtalk.opens.all().length, 2)
})

test('stopping while the WebSocket has not answered leaves no socket behind', async (t) => {
  const { clock, dingtalk, live, recorder, stream, answers } = await setUp(t)
  const first = await live()
  await answers.take()
  dingtalk.faults.set('/connect', slow(60_000))
  first.kill()
  await recorder.counts.take((event) => event === 'stream.lost')
  clock.advance(500)
  await answers.take()
  assert.equal(stream.state(), 'connecting')
  await stream.stop()
  clock.advance(60_000)
  assert.equal(stream.state(), 'stopped')
  assert.equal(recorder.times('stream.live'), 1)
})
