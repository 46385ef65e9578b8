// Webhook mode through the whole of it: a signed POST in, the reply out by session webhook, a replay answered and not run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, wordsOf } from '../support/connected.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'
import { startMolten } from '../support/molten.ts'

const APP = { clientId: 'dinghook', clientSecret: 'hook-secret', corpId: 'dingcorp' }
const ROLES =
  'roles:\n  viewer: { people: [] }\n  member: { people: ["dingtalk:alice"] }\n  operator: { people: ["terminal:*"] }\n  admin: { people: [] }\n'

test('signed, answered, replayed, forged', async () => {
  await using dingtalk = await startDingTalk({ apps: [APP] })
  const config = `message_channels: {dingtalk: {app_key: ${APP.clientId}, app_secret: ${APP.clientSecret}, corp_id: ${APP.corpId}, mode: webhook, api_base: "${dingtalk.url}", oapi_base: "${dingtalk.url}"}}\n`
  await using molten = await startMolten({ config, roles: ROLES })
  const url = `${molten.url}/dingtalk/callback`

  const message = dingtalk.compose({ text: '/echo say 你好', sender: alice, msgId: 'one==' })
  assert.equal((await dingtalk.callbacks.post(url, message)).status, 200)
  assert.equal(wordsOf((await dingtalk.replies.take()).message), '你好')

  assert.equal((await dingtalk.callbacks.post(url, message)).status, 200)
  const forged = dingtalk.compose({ text: '/echo say forged', sender: alice, msgId: 'two==' })
  assert.equal((await dingtalk.callbacks.post(url, forged, 'wrongSecret')).status, 401)
  const last = dingtalk.compose({ text: '/echo say last', sender: alice, msgId: 'three==' })
  assert.equal((await dingtalk.callbacks.post(url, last)).status, 200)
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'last')

  const said = molten.records().filter(({ kind }) => kind === 'command.intent')
  assert.deepEqual(
    said.map(({ detail }) => detail?.['args']),
    [{ text: '你好' }, { text: 'last' }],
  )
  assert.match(await (await fetch(`${molten.url}/metrics`)).text(), /event="signature-wrong"\} 1/)
})
