// Owns the tests of the test server's faults, and of its own clean end.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createApiCaller } from '../support/dingtalk/api-caller.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { faultKinds, slow } from '../support/dingtalk/fault-kinds.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dingfault', clientSecret: 'fault-secret' }
const textMessage = { msgtype: 'text', text: { content: '收到' } }

async function start(t: TestContext) {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app], clock })
  t.after(() => server.close())
  return { server, clock, post: createApiCaller(server).post }
}

test('faults strike the path they are set for, as often as they are set, and are recorded', async (t) => {
  const { server, clock, post } = await start(t)
  const { sessionWebhook } = server.compose({})
  const path = '/robot/sendBySession'
  const send = () => post(sessionWebhook, textMessage)
  const cases = [
    ['qpsLimit', 403, /"code":"Forbidden\.AccessDenied\.QpsLimitForAppkeyAndApi"/],
    ['tooManyRequests', 429, /"code":"system\.busy"/],
    ['systemBusy', 500, /"code":"system\.busy"/],
    ['gatewayTimeout', 504, /<html>/],
    ['htmlPage', 200, /^<!doctype html>/],
    ['banned', 200, /^\{"status":1111,/],
  ] as const
  for (const [kind, status, body] of cases) {
    server.faults.set(path, faultKinds[kind], 1)
    const answer = await send()
    assert.equal(answer.status, status, kind)
    assert.match(await answer.text(), body)
  }
  server.faults.set(path, faultKinds.reset, 1)
  await assert.rejects(send())
  server.faults.set(path, slow(3000), 1)
  const late = send()
  await clock.asleep()
  assert.equal(server.replies.all().length, 0)
  clock.advance(3000)
  assert.equal((await late).status, 200)
  assert.equal(server.replies.all().length, 1)

  const lift = server.faults.set('/v1.0/oauth2/:corpId/token', faultKinds.systemBusy)
  for (const corp of ['a', 'b']) assert.equal((await post(`/v1.0/oauth2/${corp}/token`, {})).status, 500)
  lift()
  assert.equal((await post('/v1.0/oauth2/a/token', {})).status, 400)
  assert.equal((await post('/v1.0/nothing/here', {})).status, 404)
  assert.deepEqual(
    server.exchanges.all().map((exchange) => exchange.outcome),
    [403, 429, 500, 504, 200, 200, 'reset', 200, 500, 500, 400, 404],
  )
})

test('a wait that comes to nothing is settled by closing: no timer or socket outlives the server', async () => {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app], clock })
  server.emit({ eventType: 'x', data: {} })
  assert.equal(clock.pending(), 1)
  server.faults.set('/gettoken', slow(1000))
  const hanging = assert.rejects(fetch(`${server.url}/gettoken`))
  await clock.asleep(2)
  await server.close()
  await hanging
  assert.equal(clock.pending(), 0)
})
