import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseRobotMessage, type Robot } from '../../../../supervisor/chat/dingtalk/parse.ts'
import { messageSchema, type Message } from '../../../../supervisor/chat/message.ts'
import { messageFixtures } from '../../../support/dingtalk/message-fixtures.ts'

const robot: Robot = {
  robotCode: 'dingoxxxxdm3k',
  apiBase: 'https://api.dingtalk.com',
  oapiBase: 'https://oapi.dingtalk.com',
}
const now = 1_800_000_000_000

// The callback documents' example of a message from a group.
const groupSample = {
  senderPlatform: 'Mac',
  conversationId: 'cid6EUxxxxsg==',
  atUsers: [{ dingtalkId: 'xxx', staffId: 'xxx', unionId: 'edxxx34' }],
  chatbotCorpId: 'ding9733d095cb783455b',
  chatbotUserId: '$:LWCP_xxxxr5',
  msgId: 'msgrK2xxxxU+riw==',
  senderNick: '小钉',
  isAdmin: true,
  senderStaffId: '0147xxxx8602',
  sessionWebhookExpiredTime: 1_708_332_604_316,
  createAt: 1_708_327_204_136,
  senderCorpId: 'ding9733d095cb783455b',
  conversationType: '2',
  senderId: '$:LWCP_v1xxxxBv1MhAv9',
  conversationTitle: '测试群',
  isInAtList: true,
  sessionWebhook: 'https://oapi.dingtalk.com/robot/sendBySession?session=66d7c695a9xxxxdeb885',
  text: { content: ' text' },
  robotCode: 'dingoxxxxdm3k',
  msgtype: 'text',
}

function parse(fields: Record<string, unknown> = {}, ours: Robot = robot): Message {
  const parsed = parseRobotMessage({ ...groupSample, ...fields }, ours, now)
  if ('refused' in parsed) assert.fail(parsed.refused)
  // What the inbox stores must be readable again.
  assert.deepEqual(messageSchema.parse(JSON.parse(JSON.stringify(parsed.message))), parsed.message)
  return parsed.message
}

function refusal(fields: Record<string, unknown>, ours: Robot = robot): string {
  const parsed = parseRobotMessage({ ...groupSample, ...fields }, ours, now)
  return 'refused' in parsed ? parsed.refused : assert.fail('it was taken for a message')
}

function webhookOf(sessionWebhook: unknown, ours: Robot = robot): string | undefined {
  const { address } = parse({ sessionWebhook }, ours)
  return address.channel === 'dingtalk' ? address.webhook : assert.fail('not an address of DingTalk')
}

test('the documented sample', () => {
  assert.deepEqual(parse(), {
    key: 'dingoxxxxdm3k:msgrK2xxxxU+riw==',
    channel: 'dingtalk',
    person: 'dingtalk:0147xxxx8602',
    conversation: 'cid6EUxxxxsg==',
    kind: 'group',
    text: 'text',
    type: 'text',
    sent: 1_708_327_204_136,
    address: {
      channel: 'dingtalk',
      robotCode: 'dingoxxxxdm3k',
      conversation: 'cid6EUxxxxsg==',
      kind: 'group',
      staffId: '0147xxxx8602',
      webhook: 'https://oapi.dingtalk.com/robot/sendBySession?session=66d7c695a9xxxxdeb885',
      webhookExpires: 1_708_332_604_316,
    },
  })
})

test('each kind of message: only text has words', () => {
  const words = new Map([
    ['text', '你好'],
    ['quotedText', '继续'],
    ['topLevelContent', '你好'],
  ])
  for (const [name, body] of Object.entries(messageFixtures)) {
    const { text, type } = parse({ text: undefined, ...body })
    assert.equal(text, words.get(name) ?? null, name)
    assert.equal(type, body.msgtype, name)
  }
})

test('five fields are required', () => {
  for (const field of ['msgId', 'msgtype', 'conversationId', 'conversationType', 'senderId']) {
    for (const bad of [undefined, null, '', {}, ['1']]) assert.equal(refusal({ [field]: bad }), 'malformed', field)
  }
})

test('five fields are enough', () => {
  const { msgId, msgtype, conversationId, conversationType, senderId } = groupSample
  const bare = { msgId, msgtype, conversationId, conversationType, senderId }
  const parsed = parseRobotMessage(bare, robot, now)
  if ('refused' in parsed) assert.fail(parsed.refused)
  const address = { channel: 'dingtalk', robotCode: robot.robotCode, conversation: conversationId, kind: 'group' }
  assert.deepEqual(parsed.message, {
    key: `${robot.robotCode}:${msgId}`,
    channel: 'dingtalk',
    person: null,
    conversation: conversationId,
    kind: 'group',
    text: null,
    type: 'text',
    sent: now,
    address,
  })
})

test('a sender without a staff id is nobody, however they call themselves', () => {
  for (const senderStaffId of [undefined, null, '']) {
    const { person, address } = parse({ senderStaffId, senderNick: 'manager807', isAdmin: true })
    assert.equal(person, null)
    assert.ok(!('staffId' in address))
  }
})

test('a conversation of two', () => {
  assert.equal(parse({ conversationType: '1' }).kind, 'single')
  assert.equal(parse({ conversationType: 1 }).kind, 'single')
  assert.equal(refusal({ conversationType: '3' }), 'malformed')
})

test('times may be strings, and nonsense is none', () => {
  assert.equal(parse({ createAt: '1708327204136' }).sent, 1_708_327_204_136)
  for (const createAt of ['yesterday', -1, {}, null, Infinity]) assert.equal(parse({ createAt }).sent, now)
})

test('a message for another robot is not ours; one without a code is', () => {
  assert.equal(refusal({ robotCode: 'dingother' }), 'other-robot')
  assert.equal(refusal({ robotCode: 5 }), 'malformed')
  assert.equal(parse({ robotCode: undefined }).key, 'dingoxxxxdm3k:msgrK2xxxxU+riw==')
})

test('with a corp id only that organisation is heard', () => {
  const ours = { ...robot, corpId: groupSample.senderCorpId }
  assert.equal(parse({}, ours).person, 'dingtalk:0147xxxx8602')
  assert.equal(parse({ chatbotCorpId: undefined }, ours).person, 'dingtalk:0147xxxx8602')
  assert.equal(refusal({ senderCorpId: 'dingother' }, ours), 'other-corp')
  assert.equal(refusal({ chatbotCorpId: 'dingother' }, ours), 'other-corp')
  for (const senderCorpId of [undefined, null, '']) assert.equal(refusal({ senderCorpId }, ours), 'other-corp')
})

test('webhooks of DingTalk are kept', () => {
  for (const origin of [
    'https://oapi.dingtalk.com',
    'https://api.dingtalk.com',
    'https://oapi.dingtalk.io',
    'https://api.dingtalk.io:443',
  ]) {
    const webhook = `${origin}/robot/sendBySession?session=66d7`
    assert.equal(webhookOf(webhook), webhook)
  }
})

test('other webhooks are dropped, with their time', () => {
  for (const webhook of [
    'http://oapi.dingtalk.com/robot/sendBySession?session=66d7',
    'https://oapi.dingtalk.com:8443/robot/sendBySession?session=66d7',
    'https://oapi.dingtalk.com.evil.example/robot/sendBySession?session=66d7',
    'https://evil.example/oapi.dingtalk.com/robot/sendBySession?session=66d7',
    'https://oapi.dingtalk.com@evil.example/robot/sendBySession?session=66d7',
    'https://user:password@oapi.dingtalk.com/robot/sendBySession?session=66d7',
    'https://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:8080/robot/sendBySession?session=66d7',
    'ftp://oapi.dingtalk.com/robot/sendBySession',
    'oapi.dingtalk.com/robot/sendBySession',
    `https://oapi.dingtalk.com/${'x'.repeat(3000)}`,
    '',
    7,
    null,
  ]) {
    assert.equal(webhookOf(webhook), undefined, String(webhook))
    assert.ok(!('webhookExpires' in parse({ sessionWebhook: webhook }).address))
  }
})

test('a configured base counts too, in the clear only on this machine', () => {
  const local = { ...robot, oapiBase: 'http://127.0.0.1:4010' }
  const webhook = 'http://127.0.0.1:4010/robot/sendBySession?session=66d7'
  assert.equal(webhookOf(webhook, local), webhook)
  assert.equal(webhookOf('http://127.0.0.1:4011/robot/sendBySession', local), undefined)
  const gateway = { ...robot, oapiBase: 'https://dingtalk.corp.example' }
  assert.equal(webhookOf('https://dingtalk.corp.example/x', gateway), 'https://dingtalk.corp.example/x')
  const clear = { ...robot, oapiBase: 'http://dingtalk.corp.example' }
  assert.equal(webhookOf('http://dingtalk.corp.example/x', clear), undefined)
})

test('whatever comes, it is a message of the right shape or refused', () => {
  const field = fc.constantFrom(...Object.keys(groupSample), 'content', '__proto__', 'toString')
  const broken = fc
    .dictionary(field, fc.oneof(fc.anything(), fc.string(), fc.constant(undefined)))
    .map((fields) => ({ ...groupSample, ...fields }))
  fc.assert(
    fc.property(fc.oneof(fc.anything(), broken), (body) => {
      const parsed = parseRobotMessage(body, robot, now)
      if ('refused' in parsed) return
      messageSchema.parse(JSON.parse(JSON.stringify(parsed.message)))
      assert.equal(parsed.message.key.split(':')[0], robot.robotCode)
      assert.ok(parsed.message.text?.isWellFormed() ?? true)
    }),
    { numRuns: 2000 },
  )
})
