import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { parseRobotMessage } from '../../supervisor/chat/dingtalk/parse.ts'
import type { Post } from '../../supervisor/chat/dingtalk/post.ts'
import { createSender } from '../../supervisor/chat/dingtalk/sender.ts'
import { createTokens } from '../../supervisor/chat/dingtalk/tokens.ts'
import type { Address } from '../../supervisor/chat/message.ts'
import { Coded } from '../../supervisor/errors.ts'
import { Secret } from '../../supervisor/secret.ts'
import type { ComposedMessage } from '../support/dingtalk/compose-message.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { answerWith, faultKinds, type Fault } from '../support/dingtalk/fault-kinds.ts'
import { apiError, json, oapiAnswer } from '../support/dingtalk/http-message.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'
import { post } from '../support/post.ts'
import { createRecorder } from '../support/recorder.ts'

const app = { clientId: 'dingsend', clientSecret: 's3cret-of-the-app' }
const webhookPath = '/robot/sendBySession'
const singlePath = '/v1.0/robot/oToMessages/batchSend'
const groupPath = '/v1.0/robot/groupMessages/send'
const tokenPath = '/v1.0/oauth2/accessToken'

/** A DingTalk and our sender. Whoever waits on our clock finds that the time has passed, and how long is noted. */
async function setUp(t: TestContext, power: Post = post) {
  const clock = createFakeClock()
  const waits: number[] = []
  const hasty = {
    now: clock.now,
    setTimeout: (run: () => void, ms: number) => {
      waits.push(ms)
      const cancel = clock.setTimeout(run, ms)
      setImmediate(() => clock.advance(ms))
      return cancel
    },
  }
  const dingtalk = await startDingTalk({ apps: [app], clock })
  const recorder = createRecorder()
  const robot = { robotCode: app.clientId, apiBase: dingtalk.url, oapiBase: dingtalk.url }
  const credentials = { appKey: app.clientId, appSecret: new Secret(app.clientSecret) }
  const tokens = createTokens({ post: power, apiBase: dingtalk.url, ...credentials, now: clock.now })
  const { count, log } = recorder
  const options = { post: power, apiBase: dingtalk.url, tokens, clock: hasty, random: () => 0.5, count, log }
  const channel = createSender(options)
  t.after(async () => {
    await dingtalk.close()
    assert.doesNotMatch(recorder.transcript(), /s3cret|session=|你好/)
  })

  const addressOf = (message: ComposedMessage): Address => {
    const parsed = parseRobotMessage(message.data, robot, clock.now())
    return 'message' in parsed ? parsed.message.address : assert.fail(parsed.refused)
  }
  const calls = (path: string) => dingtalk.exchanges.all().filter((exchange) => exchange.path === path).length
  return { dingtalk, clock, channel, recorder, waits, addressOf, calls }
}

/** The problem that a failed send reports, once it is known to be safe to log. */
async function problemOf(sending: Promise<void>): Promise<string> {
  try {
    await sending
  } catch (error) {
    assert.ok(error instanceof Coded)
    assert.equal(error.code, 'CHAT_FAILED')
    assert.doesNotMatch(
      JSON.stringify([error.message, error.detail, String(error.cause)]),
      /s3cret|session=|你好|http:/,
    )
    return String(error.detail['problem'])
  }
  return assert.fail('it was sent')
}

test('a reply goes by the webhook of its message, without a token', async (t) => {
  const { dingtalk, channel, addressOf, calls } = await setUp(t)
  const message = dingtalk.compose({ text: '天气' })
  await channel.send(addressOf(message), { text: '你好' })
  const reply = await dingtalk.replies.take()
  assert.deepEqual(reply.message, { msgtype: 'text', text: { content: '你好' } })
  assert.equal(reply.conversationId, message.conversationId)
  assert.equal(calls(tokenPath), 0)
  assert.equal(channel.name, 'dingtalk')
})

test('markdown brings its title', async (t) => {
  const { dingtalk, channel, addressOf } = await setUp(t)
  const address = addressOf(dingtalk.compose({ group: {} }))
  await channel.send(address, { markdown: '#### 杭州\n> 9度', title: '天气' })
  await channel.send(address, { markdown: '#### 杭州\n> 9度' })
  const titles = [await dingtalk.replies.take(), await dingtalk.replies.take()].map(({ message }) => message)
  assert.deepEqual(titles, [
    { msgtype: 'markdown', markdown: { title: '天气', text: '#### 杭州\n> 9度' } },
    { msgtype: 'markdown', markdown: { title: '杭州', text: '#### 杭州\n> 9度' } },
  ])
})

test('a webhook past its time is not tried: a single chat gets the reply by staff id', async (t) => {
  const { dingtalk, clock, channel, addressOf, calls } = await setUp(t)
  const address = addressOf(dingtalk.compose({ sender: { staffId: 'manager807' } }))
  clock.advance(5_400_060)
  await channel.send(address, { text: '你好' })
  const send = await dingtalk.robot.sends.take()
  assert.deepEqual(send.to, { kind: 'users', userIds: ['manager807'], reached: ['manager807'] })
  assert.equal(send.msgKey, 'sampleText')
  assert.deepEqual(send.param, { content: '你好' })
  assert.equal(calls(webhookPath), 0)
})

test('a session that has ended, behind a 200, sends a group its reply by the OpenAPI', async (t) => {
  const { dingtalk, clock, channel, addressOf, calls } = await setUp(t)
  const message = dingtalk.compose({ group: {}, fields: { sessionWebhookExpiredTime: undefined } })
  clock.advance(5_400_060)
  await channel.send(addressOf(message), { markdown: '**你好**', title: '问候' })
  const send = await dingtalk.robot.sends.take()
  assert.deepEqual(send.to, { kind: 'group', openConversationId: message.conversationId })
  assert.equal(send.msgKey, 'sampleMarkdown')
  assert.deepEqual(send.param, { title: '问候', text: '**你好**' })
  assert.equal(calls(webhookPath), 1)
})

test('whatever the webhook answers instead of a zero, the reply arrives by the OpenAPI, once', async (t) => {
  const { dingtalk, channel, addressOf } = await setUp(t)
  const faults: readonly Fault[] = [
    faultKinds.oapiBusy,
    faultKinds.oapiQpsLimit,
    faultKinds.htmlPage,
    faultKinds.banned,
    faultKinds.gatewayTimeout,
    faultKinds.reset,
    answerWith(json(200, { errcode: null })),
    answerWith(json(200, {})),
    answerWith(json(403, { errcode: 0 })),
  ]
  for (const fault of faults) {
    dingtalk.faults.set(webhookPath, fault, 1)
    await channel.send(addressOf(dingtalk.compose({})), { text: '你好' })
    await dingtalk.robot.sends.take()
  }
  assert.equal(dingtalk.robot.sends.all().length, faults.length)
  assert.equal(dingtalk.replies.all().length, 0)
})

test('a zero may be a string', async (t) => {
  const { dingtalk, channel, addressOf, calls } = await setUp(t)
  dingtalk.faults.set(webhookPath, answerWith(json(200, { errcode: '0', errmsg: 'ok' })), 1)
  await channel.send(addressOf(dingtalk.compose({})), { text: '你好' })
  assert.equal(calls(webhookPath), 1)
  assert.equal(calls(singlePath), 0)
})

/** An address that leaves only the OpenAPI. */
function withoutWebhook(addressOf: (message: ComposedMessage) => Address, message: ComposedMessage): Address {
  return addressOf({ ...message, data: { ...message.data, sessionWebhook: undefined } })
}

test('a second with too many calls is waited out', async (t) => {
  const { dingtalk, channel, addressOf, waits, calls } = await setUp(t)
  const address = withoutWebhook(addressOf, dingtalk.compose({}))
  dingtalk.faults.set(singlePath, faultKinds.qpsLimit, 1)
  dingtalk.faults.set(singlePath, faultKinds.tooManyRequests, 1)
  await channel.send(address, { text: '你好' })
  assert.equal(dingtalk.robot.sends.all().length, 1)
  assert.deepEqual(waits, [1500, 3000])
  assert.equal(calls(singlePath), 3)
})

test('but not for ever', async (t) => {
  const { dingtalk, channel, addressOf, calls } = await setUp(t)
  const address = withoutWebhook(addressOf, dingtalk.compose({ group: {} }))
  dingtalk.faults.set(groupPath, faultKinds.qpsLimit)
  const problem = await problemOf(channel.send(address, { text: '你好' }))
  assert.equal(problem, '403 Forbidden.AccessDenied.QpsLimitForAppkeyAndApi')
  assert.equal(calls(groupPath), 3)
})

test('what time does not mend is not tried again', async (t) => {
  const { dingtalk, channel, addressOf, calls, waits } = await setUp(t)
  const address = withoutWebhook(addressOf, dingtalk.compose({}))
  const faults: readonly Fault[] = [
    faultKinds.qpmLimit,
    faultKinds.monthlyQuota,
    faultKinds.htmlPage,
    faultKinds.banned,
    answerWith(apiError(403, 'Forbidden.AccessDenied.AccessTokenPermissionDenied', '没有权限')),
    answerWith(apiError(400, 'robot.oto.notExist', '')),
    answerWith(oapiAnswer(0, 'ok')),
    answerWith(json(200, { processQueryKey: '' })),
    answerWith(json(200, { processQueryKey: 'x', invalidStaffIdList: 'manager807' })),
    answerWith({ status: 302, contentType: 'text/html', body: '' }),
  ]
  for (const fault of faults) {
    dingtalk.faults.set(singlePath, fault, 1)
    await problemOf(channel.send(address, { text: '你好' }))
  }
  assert.equal(calls(singlePath), faults.length)
  assert.deepEqual(waits, [])
})

test('a send that may have arrived is repeated once and no more', async (t) => {
  for (const fault of [faultKinds.reset, faultKinds.gatewayTimeout, answerWith(apiError(500, 'system.error', ''))]) {
    const { dingtalk, channel, addressOf, calls } = await setUp(t)
    const address = withoutWebhook(addressOf, dingtalk.compose({}))
    dingtalk.faults.set(singlePath, fault, 1)
    await channel.send(address, { text: '你好' })
    assert.equal(calls(singlePath), 2)
    dingtalk.faults.set(singlePath, fault)
    await problemOf(channel.send(address, { text: '你好' }))
    assert.equal(calls(singlePath), 4)
  }
})

test('a webhook that may have taken it counts as the first time', async (t) => {
  const { dingtalk, channel, addressOf, calls } = await setUp(t)
  dingtalk.faults.set(webhookPath, faultKinds.reset)
  dingtalk.faults.set(singlePath, faultKinds.reset)
  await problemOf(channel.send(addressOf(dingtalk.compose({})), { text: '你好' }))
  assert.equal(calls(webhookPath), 1)
  assert.equal(calls(singlePath), 1)
})

test('a revoked token is renewed once', async (t) => {
  const { dingtalk, channel, addressOf, calls, recorder } = await setUp(t)
  const address = withoutWebhook(addressOf, dingtalk.compose({}))
  await channel.send(address, { text: '你好' })
  dingtalk.tokens.revoke(app.clientId)
  await channel.send(address, { text: '你好' })
  assert.equal(dingtalk.robot.sends.all().length, 2)
  assert.equal(calls(tokenPath), 2)

  dingtalk.faults.set(singlePath, answerWith(apiError(400, 'InvalidAuthentication', '不合法的access_token')))
  assert.equal(await problemOf(channel.send(address, { text: '你好' })), '400 InvalidAuthentication')
  assert.equal(calls(tokenPath), 3)
  assert.equal(recorder.times('api.token-renewed'), 2)
})

test('without a token nothing is sent', async (t) => {
  const { dingtalk, channel, addressOf, calls } = await setUp(t)
  const address = withoutWebhook(addressOf, dingtalk.compose({}))
  dingtalk.faults.set(tokenPath, answerWith(apiError(400, 'invalidClientIdOrSecret', '无效的s3cret')))
  assert.match(await problemOf(channel.send(address, { text: '你好' })), /400 invalidClientIdOrSecret/)
  assert.equal(calls(singlePath), 0)
})

test('a 200 that names the person as not reached is no delivery', async (t) => {
  const { dingtalk, channel, addressOf } = await setUp(t)
  const address = withoutWebhook(addressOf, dingtalk.compose({ sender: { staffId: 'manager1' } }))
  dingtalk.robot.invalidStaff.add('manager1')
  assert.equal(await problemOf(channel.send(address, { text: '你好' })), 'invalid staff id')
  dingtalk.robot.invalidStaff.clear()
  dingtalk.robot.flowControlled.add('manager1')
  assert.equal(await problemOf(channel.send(address, { text: '你好' })), 'flow-controlled')
})

test('somebody from outside can be answered by the webhook alone', async (t) => {
  const { dingtalk, channel, addressOf } = await setUp(t)
  const message = dingtalk.compose({ fields: { senderStaffId: '' } })
  await channel.send(addressOf(message), { text: '你好' })
  assert.equal(dingtalk.replies.all().length, 1)
  assert.equal(await problemOf(channel.send(withoutWebhook(addressOf, message), { text: '你好' })), 'no staff id')
})

test('a long reply arrives whole, in order, in pieces that clients render', async (t) => {
  const { dingtalk, channel, addressOf } = await setUp(t)
  const paragraphs = Array.from({ length: 40 }, (_, n) => `第${n}段 ${'字😀"'.repeat(80)}`)
  const text = paragraphs.join('\n\n')
  const message = dingtalk.compose({ group: {} })

  await channel.send(addressOf(message), { text })
  const byWebhook = dingtalk.replies
    .all()
    .map(({ message: sent }) => (sent.msgtype === 'text' ? sent.text.content : ''))
  assert.ok(byWebhook.length > 1)
  assert.equal(byWebhook.join(''), text)

  // The second piece loses its webhook; the rest still comes in order.
  dingtalk.faults.set(webhookPath, answerWith(oapiAnswer(0, 'ok')), 1)
  dingtalk.faults.set(webhookPath, faultKinds.oapiBusy)
  await channel.send(addressOf(message), { text })
  const byApi = dingtalk.robot.sends.all().map((send) => send.param['content'])
  assert.deepEqual(byApi, byWebhook.slice(1))
})

test('a reply without anything to see sends nothing', async (t) => {
  const { dingtalk, channel, addressOf } = await setUp(t)
  await channel.send(addressOf(dingtalk.compose({})), { text: ' \n ' })
  assert.equal(dingtalk.exchanges.all().length, 0)
})

test('an address of another channel is refused', async (t) => {
  const { channel } = await setUp(t)
  await problemOf(channel.send({ channel: 'terminal', session: 's' }, { text: '你好' }))
})

test('an answer too large to be one is no delivery', async (t) => {
  const { dingtalk, channel, addressOf } = await setUp(t)
  const huge = answerWith(json(200, { processQueryKey: 'x'.repeat(300_000) }))
  dingtalk.faults.set(singlePath, huge)
  assert.equal(
    await problemOf(channel.send(withoutWebhook(addressOf, dingtalk.compose({})), { text: '你好' })),
    'no answer',
  )
})
