// Owns the tests of the test server's robot API: whom a robot reaches, what is refused, recalling and reading.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import { createApiCaller } from '../support/dingtalk/api-caller.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dingrobot', clientSecret: 'robot-secret' }
const other = { clientId: 'dingother', clientSecret: 'other-secret' }
const group = { id: 'cidGroup==' }
const sendSchema = z.object({
  processQueryKey: z.string(),
  invalidStaffIdList: z.array(z.string()).optional(),
  flowControlledStaffIdList: z.array(z.string()).optional(),
})
const toUsers = '/v1.0/robot/oToMessages/batchSend'
const markdown = { msgKey: 'sampleMarkdown', msgParam: JSON.stringify({ title: 't', text: 'x' }) }

async function start(t: TestContext) {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app, other], clock })
  t.after(() => server.close())
  return { server, clock, api: createApiCaller(server) }
}

test('batchSend reaches those it can, and names the others in a 200', async (t) => {
  const { server, api } = await start(t)
  server.robot.invalidStaff.add('gone')
  server.robot.flowControlled.add('busy')
  const body = { robotCode: app.clientId, userIds: ['manager807', 'gone', 'busy', '$:LWCP_v1:$x'], ...markdown }
  const answer = sendSchema.parse(await api.call(toUsers, body, await api.token(app)))
  assert.deepEqual(answer.invalidStaffIdList, ['gone', '$:LWCP_v1:$x'])
  assert.deepEqual(answer.flowControlledStaffIdList, ['busy'])
  const send = await server.robot.sends.take()
  assert.deepEqual(send.to.kind === 'users' && send.to.reached, ['manager807'])
  assert.deepEqual(send.param, { title: 't', text: 'x' })
  assert.equal(send.processQueryKey, answer.processQueryKey)
})

test('batchSend refuses with the documented codes', async (t) => {
  const { server, api } = await start(t)
  const good = { robotCode: app.clientId, userIds: ['manager807'], ...markdown }
  const current = await api.token(app)
  const text = (content: string) => ({ msgKey: 'sampleText', msgParam: JSON.stringify({ content }) })
  const cases: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ robotCode: '' }, 'invalidParameter.robotCode.empty'],
    [{ robotCode: other.clientId }, 'invalidParameter.robotCode.auth'],
    [{ robotCode: 'dingnobody' }, 'invalidParameter.robotCode.notExsit'],
    [{ userIds: [] }, 'invalidParameter.userIds.empty'],
    [{ userIds: Array.from({ length: 21 }, (_, index) => `u${index}`) }, 'invalidParameter.userIds.overMax'],
    [{ msgKey: '' }, 'invalidParameter.msgKey.empty'],
    [{ msgKey: 'toString' }, 'invalidParameter.msgKey.invalid'],
    [{ msgParam: { title: 't', text: 'x' } }, 'invalidParameter.msgParam.invalid'],
    [{ msgParam: 'title' }, 'invalidParameter.msgParam.invalid'],
    [text('x'.repeat(15_001 - '{"content":""}'.length)), 'invalidParameter.msgParam.tooLong'],
    [{ msgParam: '{"title":"t"}' }, 'miss.param.markdownTotext'],
    [text(''), 'miss.param.contentOfText'],
  ]
  for (const [change, expected] of cases)
    assert.equal(await api.refusal(toUsers, { ...good, ...change }, current), expected)
  assert.equal(await api.refusal(toUsers, good, 'forged'), 'InvalidAuthentication')
  server.tokens.revoke(app.clientId)
  assert.equal(await api.refusal(toUsers, good, current), 'InvalidAuthentication')
  assert.equal(server.robot.sends.all().length, 0)
})

test('groupMessages: only into groups the bot is in, never into a 1:1; query and recall', async (t) => {
  const { server, clock, api } = await start(t)
  const { call, refusal } = api
  const accessToken = await api.token(app)
  const path = '/v1.0/robot/groupMessages/send'
  const good = { robotCode: app.clientId, openConversationId: group.id, ...markdown }
  assert.equal(await refusal(path, { ...good, openConversationId: undefined }, accessToken), 'miss.openConversationId')
  assert.equal(await refusal(path, good, accessToken), 'invalid.openConversationId')
  const single = server.compose({ text: '你好' })
  const intoSingle = { ...good, openConversationId: single.conversationId }
  assert.equal(await refusal(path, intoSingle, accessToken), 'invalid.openConversationId')

  server.compose({ text: '你好', group })
  const { processQueryKey } = sendSchema.parse(await call(path, good, accessToken))
  server.robot.markRead(processQueryKey, 'manager807')
  const about = { robotCode: app.clientId, openConversationId: group.id }
  const query = () => call('/v1.0/robot/groupMessages/query', { ...about, processQueryKey }, accessToken)
  const read = { readUserIds: ['manager807'], nextToken: '', hasMore: false }
  assert.deepEqual(await query(), { sendStatus: 'SUCCESS', ...read })

  const recallPath = '/v1.0/robot/groupMessages/recall'
  const recall = { ...about, processQueryKeys: [processQueryKey, 'unknown'] }
  assert.deepEqual(await call(recallPath, recall, accessToken), {
    successResult: [processQueryKey],
    failedResult: { unknown: 'SYSTEM_ERROR' },
  })
  assert.deepEqual(await query(), { sendStatus: 'RECALLED', ...read })
  assert.deepEqual(
    server.robot.sends.all().map((send) => send.recalled()),
    [true],
  )

  const toOne = { robotCode: app.clientId, userIds: ['manager807'], ...markdown }
  const sent = sendSchema.parse(await call(toUsers, toOne, accessToken))
  const recallOne = { robotCode: app.clientId, processQueryKeys: [sent.processQueryKey] }
  clock.advance(86_400_000)
  const later = await api.token(app)
  const expired = await refusal('/v1.0/robot/otoMessages/batchRecall', recallOne, later)
  assert.equal(expired, 'robot.processQueryKey.expired')
})
