// Owns the tests of the test server's access tokens: when they stay, when they change, who is refused one.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { codeOf, createApiCaller, oapiBody } from '../support/dingtalk/api-caller.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dingtoken', clientSecret: 'token-secret', corpId: 'dingcorp' }

async function start(t: TestContext) {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app], clock })
  t.after(() => server.close())
  return { server, clock, api: createApiCaller(server) }
}

test('a token is the same while valid, renewed by asking, and another after 7200 s or revocation', async (t) => {
  const { server, clock, api } = await start(t)
  const token = () => api.token(app)
  const first = await token()
  clock.advance(7_199_999)
  assert.equal(await token(), first)
  clock.advance(7_199_999)
  assert.equal(await token(), first)
  clock.advance(7_200_000)
  const second = await token()
  assert.notEqual(second, first)
  server.tokens.revoke(app.clientId)
  assert.notEqual(await token(), second)
  assert.deepEqual(
    server.tokens.grants.all().map((grant) => grant.renewed),
    [false, true, true, false, false],
  )
})

test('the three token endpoints answer in their own dialects', async (t) => {
  const { server, api } = await start(t)
  const { post } = api
  const path = `/v1.0/oauth2/${app.corpId}/token`
  const body = { client_id: app.clientId, client_secret: app.clientSecret, grant_type: 'client_credentials' }
  assert.deepEqual(await (await post(path, body)).json(), { access_token: await api.token(app), expires_in: 7200 })
  const refusals = [
    [await post('/v1.0/oauth2/accessToken', ''), 400, 'Missingbody'],
    [await post('/v1.0/oauth2/accessToken', { appKey: app.clientId, appSecret: 'x' }), 400, 'invalidClientIdOrSecret'],
    [await post(path, { ...body, grant_type: 'password' }), 400, 'unsupported.grant.type'],
    [await post(path, { ...body, client_secret: 'x' }), 400, 'invalid.client'],
    [await post('/v1.0/oauth2/dingelse/token', body), 401, 'unauthorized.client'],
  ] as const
  for (const [answer, status, code] of refusals) {
    assert.equal(answer.status, status)
    assert.equal(await codeOf(answer), code)
  }
  const old = async (secret: string) =>
    oapiBody(await fetch(`${server.url}/gettoken?appkey=${app.clientId}&appsecret=${secret}`))
  const good = await old(app.clientSecret)
  assert.deepEqual([good.errcode, good.errmsg, good['expires_in']], [0, 'ok', 7200])
  assert.equal((await old('wrong')).errcode, 40_089)
})
