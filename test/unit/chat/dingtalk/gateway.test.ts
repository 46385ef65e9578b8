import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGateway } from '../../../../supervisor/chat/dingtalk/gateway.ts'
import type { Post } from '../../../../supervisor/chat/dingtalk/post.ts'
import { Secret } from '../../../../supervisor/secret.ts'

const app = {
  apiBase: 'https://api.example',
  clientId: 'dingkey',
  clientSecret: new Secret('s3cret'),
  userAgent: 'molten/1.2.3',
}

function open(status: number, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return openGateway({ ...app, post: async () => ({ status, text }) })
}

test('it asks for robot messages and nothing else', async () => {
  const asked: unknown[] = []
  const post: Post = async (url, json, { timeoutMs, headers }) => {
    asked.push({ url, json, timeoutMs, headers })
    return { status: 200, text: '{"endpoint":"wss://wss.example:443/connect","ticket":"t/+&= 1"}' }
  }
  assert.deepEqual(await openGateway({ ...app, post }), { url: 'wss://wss.example/connect?ticket=t%2F%2B%26%3D+1' })
  assert.deepEqual(asked, [
    {
      url: 'https://api.example/v1.0/gateway/connections/open',
      json: {
        clientId: 'dingkey',
        clientSecret: 's3cret',
        subscriptions: [{ type: 'CALLBACK', topic: '/v1.0/im/bot/messages/get' }],
        ua: 'molten/1.2.3',
      },
      timeoutMs: 10_000,
      headers: { accept: 'application/json' },
    },
  ])
})

test('an endpoint in the clear is refused, except on this machine', async () => {
  const insecure = { failure: 'insecure endpoint', attention: null }
  assert.deepEqual(await open(200, { endpoint: 'ws://wss.example/connect', ticket: 't' }), insecure)
  assert.deepEqual(await open(200, { endpoint: 'https://wss.example/connect', ticket: 't' }), insecure)
  assert.deepEqual(await open(200, { endpoint: 'ws://127.0.0.1:9/connect', ticket: 't' }), {
    url: 'ws://127.0.0.1:9/connect?ticket=t',
  })
})

test('an answer that cannot be read is a failure that may pass', async () => {
  const unreadable = { failure: 'unreadable answer', attention: null }
  for (const body of [
    '<Result><ticket>t</ticket></Result>',
    {},
    { endpoint: 'nowhere', ticket: 't' },
    { endpoint: 'wss://x', ticket: '' },
  ]) {
    assert.deepEqual(await open(200, body), unreadable)
  }
})

test('wrong credentials and an unpublished app need a person', async () => {
  const wrong = await open(401, { code: 'authFailed', message: 's3cret is wrong' })
  assert.ok('attention' in wrong)
  assert.match(wrong.attention ?? '', /401 authFailed.*app_secret/)
  const unpublished = await open(400, '<html>s3cret</html>')
  assert.ok('attention' in unpublished)
  assert.match(unpublished.attention ?? '', /400 unknown.*publish/)
  assert.doesNotMatch(JSON.stringify([wrong, unpublished]), /s3cret/)
})

test('a busy or broken gateway needs none', async () => {
  for (const status of [429, 500, 502, 503, 504]) {
    assert.deepEqual(await open(status, { code: 'system.busy' }), { failure: `${status} system.busy`, attention: null })
  }
  const post: Post = () => Promise.reject(new Error('s3cret'))
  assert.deepEqual(await openGateway({ ...app, post }), { failure: 'no answer', attention: null })
})
