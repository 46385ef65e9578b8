import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Post } from '../../../../supervisor/chat/dingtalk/post.ts'
import { createTokens } from '../../../../supervisor/chat/dingtalk/tokens.ts'
import { Coded } from '../../../../supervisor/errors.ts'
import { Secret } from '../../../../supervisor/secret.ts'

const minute = 60_000

type Answer = { status: number; text: string }

/** Tokens over a gateway that gives `answer(n)` the nth time, at a time that the test sets. */
function setUp(answer: (n: number) => Answer | Promise<Answer> = (n) => granted(`token ${n}`)) {
  const asked: { url: string; json: unknown }[] = []
  const clock = { time: 0 }
  const post: Post = async (url, json) => {
    asked.push({ url, json })
    return answer(asked.length)
  }
  const app = { apiBase: 'https://api.example', appKey: 'dingkey', appSecret: new Secret('s3cret') }
  return { tokens: createTokens({ post, ...app, now: () => clock.time }), asked, clock }
}

function granted(accessToken: string, expireIn = 7200): Answer {
  return { status: 200, text: JSON.stringify({ accessToken, expireIn }) }
}

test('a token is fetched with the credentials and kept', async () => {
  const { tokens, asked } = setUp()
  assert.equal(await tokens.get(), 'token 1')
  assert.equal(await tokens.get(), 'token 1')
  const json = { appKey: 'dingkey', appSecret: 's3cret' }
  assert.deepEqual(asked, [{ url: 'https://api.example/v1.0/oauth2/accessToken', json }])
})

test('it is renewed five minutes early', async () => {
  const { tokens, clock } = setUp()
  await tokens.get()
  clock.time = 115 * minute - 1
  assert.equal(await tokens.get(), 'token 1')
  clock.time = 115 * minute
  assert.equal(await tokens.get(), 'token 2')
})

test('a short-lived one is used for half its life', async () => {
  const { tokens, clock } = setUp((n) => granted(`token ${n}`, 60))
  await tokens.get()
  clock.time = 29_999
  assert.equal(await tokens.get(), 'token 1')
  clock.time = 30_000
  assert.equal(await tokens.get(), 'token 2')
})

test('all who wait share one request', async () => {
  const gate = Promise.withResolvers<Answer>()
  const { tokens, asked } = setUp(() => gate.promise)
  const waiting = Promise.all([tokens.get(), tokens.get(), tokens.get()])
  gate.resolve(granted('shared'))
  assert.deepEqual(await waiting, ['shared', 'shared', 'shared'])
  assert.equal(asked.length, 1)
})

test('a refused token is dropped, its successor is not', async () => {
  const { tokens } = setUp()
  const first = await tokens.get()
  tokens.drop(first)
  assert.equal(await tokens.get(), 'token 2')
  tokens.drop(first)
  assert.equal(await tokens.get(), 'token 2')
})

test('a failure is told without secrets, and not kept', async () => {
  const answers: readonly Answer[] = [
    { status: 400, text: '{"code":"invalidClientIdOrSecret","message":"s3cret is wrong"}' },
    { status: 200, text: '<html>s3cret</html>' },
    { status: 200, text: '{"accessToken":"","expireIn":7200}' },
    { status: 200, text: '{"accessToken":"x","expireIn":"soon"}' },
  ]
  const { tokens } = setUp((n) => answers[n - 1] ?? granted('at last'))
  const problems: string[] = []
  for (const _ of answers) {
    await assert.rejects(tokens.get(), (error) => {
      assert.ok(error instanceof Coded)
      assert.equal(error.code, 'CHAT_FAILED')
      problems.push(JSON.stringify([error.message, error.detail, String(error.cause)]))
      return true
    })
  }
  assert.match(problems[0] ?? '', /400 invalidClientIdOrSecret/)
  assert.doesNotMatch(problems.join(), /s3cret/)
  assert.equal(await tokens.get(), 'at last')
})

test('a network error is told without what it says', async () => {
  const { tokens } = setUp(() => Promise.reject(new Error('connect s3cret')))
  await assert.rejects(
    tokens.get(),
    (error) => error instanceof Coded && !JSON.stringify(error.detail).includes('s3cret'),
  )
})
