import { test } from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { HttpPower } from '../../../supervisor/capabilities/capability.ts'
import { Coded } from '../../../supervisor/errors.ts'
import { createHttp } from '../../../supervisor/io/http.ts'
import { certificateFor } from '../../support/http/certificate.ts'
import { listen, serve } from '../../support/http/serve.ts'

type Exchange = Parameters<HttpPower['exchange']>[0]
const forever = new AbortController().signal

function asking(url: string, more: Partial<Exchange> = {}): Exchange {
  const address = '127.0.0.1'
  return { url: new URL(url), address, method: 'GET', headers: {}, maxBytes: 1000, signal: forever, ...more }
}

test('the connection goes to the address given, the host name to Host, SNI and the certificate', async (t) => {
  const certificate = certificateFor('api.pinned.invalid')
  const { port, seen } = await serve(t, (_request, response) => response.end('hello'), { certificate })
  const http = createHttp(certificate.cert)
  const answer = await http.exchange(asking(`https://api.pinned.invalid:${port}/a?b=c`))
  assert.deepEqual([answer.status, Buffer.from(answer.body).toString()], [200, 'hello'])
  assert.deepEqual([seen[0]?.url, seen[0]?.headers['host']], ['/a?b=c', `api.pinned.invalid:${port}`])
  assert.deepEqual([seen[0]?.headers['connection'], seen[0]?.headers['accept-encoding']], ['close', 'identity'])
  const other = http.exchange(asking(`https://other.invalid:${port}/`))
  await assert.rejects(other, {
    code: 'HTTP_FAILED',
    detail: { host: 'other.invalid', problem: 'its certificate is for another host' },
  })
  assert.equal(seen.length, 1)
})

test('a certificate of nobody’s is refused, whatever the environment says', async (t) => {
  const certificate = certificateFor('127.0.0.1')
  const { port, seen } = await serve(t, (_request, response) => response.end(), { certificate })
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'])
  await assert.rejects(createHttp().exchange(asking(`https://127.0.0.1:${port}/`)), {
    code: 'HTTP_FAILED',
    detail: { host: '127.0.0.1', problem: 'its certificate is self-signed' },
  })
  assert.equal(seen.length, 0)
  assert.equal((await createHttp(certificate.cert).exchange(asking(`https://127.0.0.1:${port}/`))).status, 200)
})

test('a proxy in the environment is not asked', async (t) => {
  const proxy = await serve(t, (_request, response) => response.end('proxy'))
  const { origin } = await serve(t, (_request, response) => response.end('server'))
  const names = ['http_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
  for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : proxy.origin
  t.after(() => names.forEach((name) => delete process.env[name]))
  assert.equal(Buffer.from((await createHttp().exchange(asking(origin))).body).toString(), 'server')
  assert.equal(proxy.seen.length, 0)
})

test('IPv6 literals', async (t) => {
  const { origin, seen } = await serve(t, (_request, response) => response.end(), { host: '::1' })
  const answer = await createHttp().exchange(asking(origin, { address: '::1' }))
  assert.deepEqual([answer.status, seen[0]?.headers['host']], [200, new URL(origin).host])
})

test('a redirect is an answer like any other; repeated headers are joined', async (t) => {
  const { origin, seen } = await serve(t, (_request, response) => {
    response.writeHead(302, { location: '/there', 'X-Two': ['a', 'b'] }).end()
  })
  const answer = await createHttp().exchange(asking(origin))
  assert.deepEqual([answer.status, answer.headers['location'], answer.headers['x-two']], [302, '/there', 'a, b'])
  assert.equal(seen.length, 1)
})

test('a body above the limit is cut off, with or without a length said', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    if (request.url === '/said') return response.end('x'.repeat(1001))
    if (request.url === '/fits') return response.end('x'.repeat(1000))
    const more = () => response.write('x'.repeat(100), () => response.destroyed || setImmediate(more))
    return more()
  })
  const http = createHttp()
  assert.equal((await http.exchange(asking(`${origin}/fits`))).body.length, 1000)
  for (const path of ['/said', '/endless'])
    await assert.rejects(http.exchange(asking(origin + path)), { code: 'HTTP_TOO_LARGE' })
})

test('an answer that is compressed all the same is refused', async (t) => {
  const { origin } = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)))
  })
  await assert.rejects(createHttp().exchange(asking(origin)), { code: 'HTTP_FAILED' })
})

test('abort ends a connection that says nothing, before and after the headers', async (t) => {
  const closed: Promise<unknown>[] = []
  const server = createServer((socket) => {
    closed.push(once(socket, 'close'))
    socket.on('error', () => {}).resume()
    socket.once(
      'data',
      (data) => String(data).includes('/half') && socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
    )
  })
  const port = await listen(t, server)
  for (const url of ['http://127.0.0.1/silent', 'http://127.0.0.1/half', 'https://127.0.0.1/handshake']) {
    const signal = AbortSignal.timeout(100)
    await assert.rejects(createHttp().exchange(asking(Object.assign(new URL(url), { port }).href, { signal })), {
      code: 'HTTP_TIMEOUT',
    })
  }
  const early = createHttp().exchange(asking(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort() }))
  await assert.rejects(early, { code: 'HTTP_FAILED', detail: { host: '127.0.0.1', problem: 'the run ended' } })
  await Promise.all(closed)
  assert.equal(closed.length, 3)
})

test('failures are told in words, without URL, header or body', async (t) => {
  const server = createServer((socket) => socket.once('data', () => socket.end('hunter2 is not HTTP\r\n\r\n')))
  const port = await listen(t, server)
  const request = asking(`http://127.0.0.1:${port}/?hunter2`, {
    headers: { authorization: 'hunter2' },
    method: 'POST',
    body: 'hunter2',
  })
  const problem = async () => {
    const error = await createHttp()
      .exchange(request)
      .catch((reason: unknown) => reason)
    assert.ok(error instanceof Coded)
    assert.doesNotMatch(inspect(error), /hunter2/)
    return error.detail['problem']
  }
  assert.equal(await problem(), 'the answer is not HTTP')
  server.close()
  await once(server, 'close')
  assert.equal(await problem(), 'connection refused')
})

test('names are resolved by the system, literals by themselves', async () => {
  const http = createHttp()
  assert.deepEqual(await http.resolve('192.0.2.1', forever), ['192.0.2.1'])
  assert.deepEqual(await http.resolve('::1', forever), ['::1'])
  assert.ok((await http.resolve('localhost', forever)).includes('127.0.0.1'))
  const stopped = http.resolve('localhost', AbortSignal.abort())
  await assert.rejects(stopped, { code: 'HTTP_FAILED', detail: { host: 'localhost', problem: 'the run ended' } })
})

test('post sends JSON and gives back whatever comes', async (t) => {
  const { origin, seen } = await serve(t, (_request, response) => response.writeHead(400).end('{"code":"x"}'))
  const { post } = createHttp()
  const options = { timeoutMs: 5000, maxBytes: 100, headers: { 'x-acs-dingtalk-access-token': 't' } }
  assert.deepEqual(await post(`${origin}/v1?a=b`, { text: '天气' }, options), { status: 400, text: '{"code":"x"}' })
  const [{ method, url, headers, body } = assert.fail()] = seen
  assert.deepEqual([method, url, body], ['POST', '/v1?a=b', '{"text":"天气"}'])
  assert.deepEqual([headers['content-type'], headers['x-acs-dingtalk-access-token']], ['application/json', 't'])
  await assert.rejects(post(origin, {}, { ...options, maxBytes: 5 }), { code: 'HTTP_TOO_LARGE' })
  for (const bad of ['hunter2', 'file:///hunter2', 'http://hunter2:x']) {
    const error = await post(bad, {}, options).catch((reason: unknown) => reason)
    assert.ok(error instanceof Coded && error.code === 'HTTP_FAILED')
    assert.doesNotMatch(inspect(error), /hunter2/)
  }
})
