import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import * as fc from 'fast-check'
import { createWebhook } from '../../supervisor/chat/dingtalk/webhook.ts'
import { startListener, type ListenerOptions } from '../../supervisor/chat/listener.ts'
import type { Message } from '../../supervisor/chat/message.ts'
import { Secret } from '../../supervisor/secret.ts'
import { createRealClock } from '../support/dingtalk/clock.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { createFeed } from '../support/dingtalk/feed.ts'
import { signatureHeaders, type SignatureKind } from '../support/dingtalk/sign-callback.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'
import { certificateFor } from '../support/http/certificate.ts'
import { createRecorder } from '../support/recorder.ts'

const app = { clientId: 'dinghook', clientSecret: 's3cret-of-the-app', corpId: 'dingcorp' }

type Overrides = Partial<ListenerOptions> & { ipAllowlist?: readonly string[] }

/** A DingTalk and our webhook, with an inbox that a test can make fail or wait. */
async function setUp(t: TestContext, { ipAllowlist = [], ...overrides }: Overrides = {}) {
  const clock = createRealClock()
  const dingtalk = await startDingTalk({ apps: [app] })
  const recorder = createRecorder()
  const kept = new Map<string, Message>()
  const asked = createFeed<Message>('message')
  const behaviour = { before: async () => {} }
  const accept = async (message: Message) => {
    asked.append(message)
    await behaviour.before()
    if (kept.has(message.key)) return 'duplicate' as const
    kept.set(message.key, message)
    return 'new' as const
  }
  const webhook = createWebhook({
    path: '/dingtalk/callback',
    ipAllowlist,
    appSecret: new Secret(app.clientSecret),
    robot: { robotCode: app.clientId, corpId: app.corpId, apiBase: dingtalk.url, oapiBase: dingtalk.url },
    accept,
    clock,
    // The listener's own counter is what is looked at here.
    count: () => {},
    log: recorder.log,
  })
  const listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    webhook,
    trustedProxies: [],
    health: { ready: () => ({ ready: true, stream: 'live' }), metrics: async () => 'molten_turns_total 7\n' },
    clock,
    count: recorder.count,
    log: recorder.log,
    ...overrides,
  })
  t.after(async () => {
    await listener.close()
    await dingtalk.close()
    assert.doesNotMatch(recorder.transcript(), /s3cret|session=|你好/)
  })
  const url = `${listener.url}/dingtalk/callback`
  const send = (body: string, kind: SignatureKind = 'good', headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signatureHeaders(kind, { now: Date.now(), secret: app.clientSecret, body }),
        ...headers,
      },
      body,
    })
  return { dingtalk, listener, recorder, kept, asked, behaviour, url, send }
}

test('a signed message is answered with silence once it is kept, not before', async (t) => {
  const { dingtalk, url, asked, behaviour, kept } = await setUp(t)
  const gate = Promise.withResolvers<void>()
  behaviour.before = () => gate.promise
  let answered = false
  const answer = dingtalk.callbacks.post(url, dingtalk.compose({ text: '你好' })).finally(() => {
    answered = true
  })
  const message = await asked.take()
  assert.equal(message.text, '你好')
  assert.equal(message.person, 'dingtalk:manager807')
  // A whole exchange later the answer would have come, had it been sent.
  await fetch(new URL('/healthz', url))
  assert.equal(answered, false)
  gate.resolve()
  const { status, body, reply } = await answer
  assert.deepEqual({ status, body, reply }, { status: 200, body: '{"msgtype":"empty"}', reply: 'silent' })
  assert.equal(kept.size, 1)
})

test('no other signature gets in', async (t) => {
  const { dingtalk, url, asked, recorder } = await setUp(t)
  const kinds: readonly (readonly [SignatureKind, string])[] = [
    ['wrongSecret', 'signature-wrong'],
    ['firstCharacter', 'signature-wrong'],
    ['overBody', 'signature-wrong'],
    ['old', 'signature-old'],
    ['future', 'signature-future'],
    ['noSign', 'signature-missing'],
    ['noTimestamp', 'signature-missing'],
    ['none', 'signature-missing'],
  ]
  for (const [kind, reason] of kinds) {
    const before = recorder.times(reason)
    const answer = await dingtalk.callbacks.post(url, dingtalk.compose({ text: '你好' }), kind)
    assert.equal(answer.status, 401, kind)
    assert.equal(recorder.times(reason), before + 1, kind)
  }
  assert.equal(asked.all().length, 0)
})

test('what could not be kept is 500, and taken when it comes again', async (t) => {
  const { dingtalk, url, behaviour, kept, recorder } = await setUp(t)
  behaviour.before = () => Promise.reject(new Error('disk full while writing 你好'))
  const message = dingtalk.compose({ text: '你好' })
  const failed = await dingtalk.callbacks.post(url, message)
  assert.equal(failed.status, 500)
  assert.doesNotMatch(failed.body, /disk|你好/)
  assert.equal(recorder.times('not-kept'), 1)
  behaviour.before = async () => {}
  assert.equal((await dingtalk.callbacks.post(url, message)).status, 200)
  assert.equal(kept.size, 1)
})

test('a captured request sent again is a duplicate: 200, and nothing new', async (t) => {
  const { dingtalk, url, asked, kept } = await setUp(t)
  const first = await dingtalk.callbacks.post(url, dingtalk.compose({ text: '你好' }))
  const again = await dingtalk.callbacks.replay(url, first.request)
  assert.equal(again.status, 200)
  assert.equal(asked.all().length, 2)
  assert.equal(kept.size, 1)
})

test('a body that is no message is 400, one for somebody else 403', async (t) => {
  const { dingtalk, url, send, asked, recorder } = await setUp(t)
  for (const body of ['', '{', 'null', '[]', '"text"', '{}', '<xml/>'])
    assert.equal((await send(body)).status, 400, body)
  for (const [fields, reason] of [
    [{ robotCode: 'dingother' }, 'other-robot'],
    [{ senderCorpId: 'dingother' }, 'other-corp'],
    [{ senderCorpId: undefined }, 'other-corp'],
    [{ chatbotCorpId: 'dingother' }, 'other-corp'],
  ] as const) {
    const before = recorder.times(reason)
    assert.equal((await dingtalk.callbacks.post(url, dingtalk.compose({ fields }))).status, 403)
    assert.equal(recorder.times(reason), before + 1)
  }
  assert.equal(asked.all().length, 0)
})

test('it is judged by what it holds, not by what it calls itself', async (t) => {
  const { dingtalk, send } = await setUp(t)
  for (const contentType of ['text/plain', 'application/octet-stream', 'application/json; charset=utf-8']) {
    const body = JSON.stringify(dingtalk.compose({ text: '你好' }).data)
    assert.equal((await send(body, 'good', { 'content-type': contentType })).status, 200, contentType)
  }
})

test('a body above 64 KiB is 413', async (t) => {
  const { dingtalk, send, recorder, asked } = await setUp(t)
  const { data } = dingtalk.compose({ text: '你好' })
  const padding = 64 * 1024 - JSON.stringify({ ...data, padding: '' }).length
  const lengthy = JSON.stringify({ ...data, padding: 'x'.repeat(padding + 1) })
  assert.equal((await send(lengthy)).status, 413)
  assert.equal(recorder.times('too-large'), 1)
  assert.equal(asked.all().length, 0)
  const bytes = Buffer.byteLength(JSON.stringify({ ...data, padding: '' }))
  assert.equal((await send(JSON.stringify({ ...data, padding: 'x'.repeat(64 * 1024 - bytes) }))).status, 200)
})

test('an unsigned body is not even read', async (t) => {
  const { url, recorder } = await setUp(t)
  const { port } = new URL(url)
  const socket = connectTcp(Number(port), '127.0.0.1')
  socket.write('POST /dingtalk/callback HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n')
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))
  socket.destroy()
  assert.match(answer, /^HTTP\/1\.1 401 /)
  assert.equal(recorder.times('signature-missing'), 1)
})

test('an address outside the allowlist is 403, whoever it says it speaks for', async (t) => {
  const { dingtalk, send, recorder, asked } = await setUp(t, { ipAllowlist: ['203.119.0.0/16'] })
  const body = JSON.stringify(dingtalk.compose({ text: '你好' }).data)
  assert.equal((await send(body)).status, 403)
  assert.equal((await send(body, 'good', { 'x-forwarded-for': '203.119.1.2' })).status, 403)
  assert.equal(recorder.times('address'), 2)
  assert.equal(asked.all().length, 0)
})

test('a trusted proxy is believed about the nearest address it did not vouch for', async (t) => {
  const { dingtalk, send, recorder } = await setUp(t, {
    ipAllowlist: ['203.119.0.0/16'],
    trustedProxies: ['127.0.0.1', '10.0.0.0/8'],
  })
  const body = JSON.stringify(dingtalk.compose({ text: '你好' }).data)
  const from = (header: string) => send(body, 'good', { 'x-forwarded-for': header })
  assert.equal((await from('203.119.1.2')).status, 200)
  assert.equal((await from('198.51.100.1, 203.119.1.2, 10.1.1.1')).status, 200)
  // What the client itself wrote to the left counts for nothing.
  assert.equal((await from('203.119.1.2, 198.51.100.1')).status, 403)
  assert.equal((await from('unknown')).status, 403)
  assert.equal((await send(body)).status, 403)
  assert.equal(recorder.times('address'), 3)
})

test('two thousand bodies that nobody should send: each is refused and counted', async (t) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))

  const { dingtalk, send, recorder, asked } = await setUp(t)
  const { data } = dingtalk.compose({ text: '你好' })
  const required = ['msgId', 'msgtype', 'conversationId', 'conversationType', 'senderId', 'senderCorpId']
  const wrong = fc.oneof(fc.constant(undefined), fc.object(), fc.array(fc.anything()), fc.boolean(), fc.constant(''))
  const broken = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json().map((text) => text.slice(0, -1)),
    fc.tuple(fc.constantFrom(...required), wrong).map(([field, value]) => JSON.stringify({ ...data, [field]: value })),
  )
  const bodies = fc.sample(broken, 2000)
  const statuses = new Map<number, number>()
  // A few at a time, as a busy door sees them.
  while (bodies.length > 0) {
    const answers = await Promise.all(bodies.splice(0, 20).map((body) => send(body)))
    for (const answer of answers) {
      await answer.arrayBuffer()
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    }
  }
  assert.deepEqual(
    [...statuses.keys()].toSorted((a, b) => a - b),
    [400, 403],
  )
  assert.equal(recorder.counts.all().length, 2000)
  assert.equal(asked.all().length, 0)
  assert.deepEqual(unhandled, [])
})

test('requests that are not HTTP, or lead nowhere, are refused and counted', async (t) => {
  const { url, recorder } = await setUp(t)
  const { port } = new URL(url)
  for (const nonsense of [
    '\u0016\u0003\u0001\r\n\r\n',
    'GET /healthz HTTP/9.9\r\n\r\n',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
  ]) {
    const socket = connectTcp(Number(port), '127.0.0.1')
    socket.end(nonsense)
    assert.match(await readAll(socket), /^HTTP\/1\.1 4/)
  }
  assert.equal(recorder.times('bad-request'), 3)
  assert.equal((await fetch(new URL('/nowhere', url))).status, 404)
  assert.equal((await fetch(url)).status, 404)
  assert.equal(recorder.times('not-found'), 2)
  assert.equal((await fetch(new URL('/%ff', url))).status, 400)
  assert.equal(recorder.times('bad-request'), 4)
})

test('health, readiness and metrics', async (t) => {
  let ready = false
  const { listener } = await setUp(t, {
    health: { ready: () => ({ ready, stream: 'opening' }), metrics: async () => 'molten_turns_total 7\n' },
  })
  assert.equal((await fetch(`${listener.url}/healthz`)).status, 200)
  const before = await fetch(`${listener.url}/readyz`)
  assert.equal(before.status, 503)
  assert.deepEqual(await before.json(), { ready: false, stream: 'opening' })
  ready = true
  assert.equal((await fetch(`${listener.url}/readyz`)).status, 200)
  const metrics = await fetch(`${listener.url}/metrics`)
  assert.equal(await metrics.text(), 'molten_turns_total 7\n')
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
})

test('details for others need the token; a proxy on this machine is others', async (t) => {
  const { listener, recorder } = await setUp(t, { token: new Secret('t0ken') })
  const ask = (path: string, headers: Record<string, string>) => fetch(`${listener.url}${path}`, { headers })
  const forwarded = { 'x-forwarded-for': '198.51.100.1' }
  for (const path of ['/readyz', '/metrics']) {
    assert.equal((await ask(path, forwarded)).status, 401)
    assert.equal((await ask(path, { ...forwarded, authorization: 'Bearer wrong' })).status, 401)
    assert.equal((await ask(path, { ...forwarded, authorization: 'Bearer t0ken' })).status, 200)
  }
  assert.equal((await ask('/healthz', forwarded)).status, 200)
  assert.equal(recorder.times('unauthorized'), 4)
})

test('metrics that fail are 500 without a word of why', async (t) => {
  const { listener, recorder } = await setUp(t, {
    health: { ready: () => ({ ready: true }), metrics: () => Promise.reject(new Error('s3cret')) },
  })
  const answer = await fetch(`${listener.url}/metrics`)
  assert.equal(answer.status, 500)
  assert.doesNotMatch(await answer.text(), /s3cret/)
  assert.equal(recorder.times('internal'), 1)
})

test('without a webhook there is none', async (t) => {
  const { send } = await setUp(t, { webhook: undefined })
  assert.equal((await send('{}')).status, 404)
})

test('closing answers what is in hand and does not wait for ever for the rest', async (t) => {
  const clock = createFakeClock(Date.now())
  const { dingtalk, listener, url, asked, behaviour } = await setUp(t, { clock })
  const gate = Promise.withResolvers<void>()
  behaviour.before = () => gate.promise
  const inHand = dingtalk.callbacks.post(url, dingtalk.compose({ text: '你好' }))
  await asked.take()
  const dribbler = connectTcp(Number(new URL(url).port), '127.0.0.1')
  const dropped = new Promise((resolve) => dribbler.once('close', resolve))
  dribbler.on('error', () => {})
  await new Promise((resolve) => dribbler.once('connect', resolve))
  dribbler.write('POST /dingtalk/callback HTTP/1.1\r\nHost: x\r\nContent-Le')

  const closed = listener.close()
  gate.resolve()
  assert.equal((await inHand).status, 200)
  clock.advance(5000)
  await closed
  await dropped
})

test('with a certificate it speaks TLS 1.2 or newer, and nothing else', async (t) => {
  const { cert, key } = certificateFor('127.0.0.1')
  const { listener } = await setUp(t, { tls: { cert, key } })
  const { protocol, port } = new URL(listener.url)
  assert.equal(protocol, 'https:')
  const socket = connectTls({ host: '127.0.0.1', port: Number(port), ca: cert, maxVersion: 'TLSv1.2' })
  socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  assert.match(await readAll(socket), /^HTTP\/1\.1 200 OK/)

  const old = connectTls({
    host: '127.0.0.1',
    port: Number(port),
    ca: cert,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
  })
  await new Promise((resolve) => old.once('error', resolve))
})

test('a proxy or allowlist entry that cannot be read stops it from starting', async (t) => {
  const { listener } = await setUp(t)
  const options = {
    host: '127.0.0.1',
    port: 0,
    health: { ready: () => ({ ready: true }), metrics: async () => '' },
    clock: createRealClock(),
    count: () => {},
    log: () => {},
  }
  await assert.rejects(startListener({ ...options, trustedProxies: ['nginx'] }))
  const webhook = { path: '/', ipAllowlist: ['dingtalk'], answer: '{}', verify: () => null, accept: async () => null }
  await assert.rejects(startListener({ ...options, trustedProxies: [], webhook }))
  await assert.rejects(
    startListener({ ...options, trustedProxies: [], port: Number(new URL(listener.url).port) }),
    /EADDRINUSE/,
  )
})
