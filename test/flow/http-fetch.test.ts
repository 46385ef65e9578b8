// One request by a grant: secrets, pinning, special addresses, limits. Redirects are in http-fetch-redirects.test.ts.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import type { HttpPower } from '../../supervisor/capabilities/capability.ts'
import { httpCovers } from '../../supervisor/capabilities/http-covers.ts'
import { follow } from '../../supervisor/capabilities/http-follow.ts'
import { httpGrant } from '../../supervisor/capabilities/http-grant.ts'
import { httpRequest } from '../../supervisor/capabilities/http-request.ts'
import { certificateFor } from '../support/http/certificate.ts'
import { callerFor, fetchByGrant, powersFor } from '../support/http/fetch-by-grant.ts'
import { serve } from '../support/http/serve.ts'

const TOKEN = 'tk/9+Zq "x"&=\\7'
const PUBLIC = '93.184.216.34'

test('over real TLS: the secret arrives, the plugin never sees it, the name inside is reached by its granted address', async (t) => {
  const certificate = certificateFor('api.example.test')
  const { port, seen } = await serve(t, (request, response) => response.end(String(request.headers['x-key'])), {
    certificate,
  })
  const hosts = [`api.example.test:${port}`, `127.0.0.1:${port}`]
  const grant = [{ hosts, methods: ['POST'], headers: { 'X-Key': 'Key ${TOKEN}' } }]
  const request = {
    url: `https://api.example.test:${port}/v1?q=1#f`,
    method: 'POST',
    headers: { accept: '*/*' },
    body: '天',
  }
  const options = { names: { 'api.example.test': ['127.0.0.1'] }, secrets: { TOKEN }, authorities: certificate.cert }
  const reply = await fetchByGrant(grant, request, options)
  const [{ url, headers, body } = assert.fail()] = seen
  assert.deepEqual([url, headers['x-key'], headers['accept'], body], ['/v1?q=1', `Key ${TOKEN}`, '*/*', '天'])
  assert.deepEqual([reply.status, reply.body, reply.url], [200, 'Key ***', `https://api.example.test:${port}/v1?q=1`])
})

test('a secret that is missing stops the request before it is sent', async (t) => {
  const { port, origin, seen } = await serve(t, (_request, response) => response.end())
  const grant = [{ hosts: [`127.0.0.1:${port}`], headers: { authorization: 'Bearer ${TOKEN}' } }]
  await assert.rejects(fetchByGrant(grant, { url: origin }), { code: 'SECRET_MISSING', detail: { name: 'TOKEN' } })
  assert.equal(seen.length, 0)
})

test('a server’s echoes of a secret are masked in body and headers', async (t) => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const echoes = [
    TOKEN,
    encodeURIComponent(TOKEN),
    JSON.stringify({ TOKEN }),
    Buffer.from(TOKEN).toString('hex'),
    ...['', 'a', 'ab'].map((before) => base64(before + TOKEN)),
    Buffer.from(`u:${TOKEN}`).toString('base64url'),
  ]
  const { origin } = await serve(t, (request, response) => {
    const echo = echoes[Number(request.url?.slice(1))] ?? ''
    response.writeHead(200, { 'x-echo': echo, 'set-cookie': ['a=b', 'c=d'] }).end(`<<${echo}>>`)
  })
  const grant = [{ hosts: ['127.0.0.1'], headers: { authorization: '${TOKEN}' } }]
  for (const [index, echo] of echoes.entries()) {
    const reply = await fetchByGrant(grant, { url: `${origin}/${index}` }, { secrets: { TOKEN } })
    assert.match(reply.body, /^<<.{0,12}\*\*\*.{0,4}>>$/, echo)
    assert.match(reply.headers['x-echo'] ?? '', /^.{0,12}\*\*\*.{0,4}$/, echo)
    assert.equal(reply.headers['set-cookie'], undefined)
  }
})

test('a name that resolves to a special address is refused, be it one among many, and nothing is sent', async (t) => {
  const { port, seen } = await serve(t, (_request, response) => response.end())
  const grant = [{ hosts: [`api.example.test:${port}`, `10.0.0.1:${port}`] }]
  const answers = [
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    [PUBLIC, '127.0.0.1'],
    ['169.254.169.254'],
    ['10.0.0.2'],
    ['10.0.0.1', '10.0.0.2'],
  ]
  for (const addresses of answers) {
    const asked = fetchByGrant(
      grant,
      { url: `https://api.example.test:${port}/` },
      { names: { 'api.example.test': addresses } },
    )
    await assert.rejects(asked, { code: 'ADDRESS_REFUSED', detail: { host: 'api.example.test' } })
  }
  assert.equal(seen.length, 0)
})

test('a special address that the entry names is reached, on the granted port only', async () => {
  const reached: string[] = []
  const exchange: HttpPower['exchange'] = async ({ address, url }) => {
    reached.push(`${address} ${url.port}`)
    return { status: 200, headers: {}, body: Buffer.alloc(0) }
  }
  const options = { names: { 'in.example.test': ['10.0.0.1'] }, exchange }
  await fetchByGrant([{ hosts: ['in.example.test', '10.0.0.1'] }], { url: 'https://in.example.test/' }, options)
  assert.deepEqual(reached, ['10.0.0.1 '])
  const other = fetchByGrant(
    [{ hosts: ['in.example.test', '10.0.0.1:8443'] }],
    { url: 'https://in.example.test/' },
    options,
  )
  await assert.rejects(other, { code: 'ADDRESS_REFUSED' })
})

test('DNS is asked once: an answer that changes to loopback changes nothing', async () => {
  const answers = [[PUBLIC], ['127.0.0.1'], ['127.0.0.1']]
  const reached: string[] = []
  const powers = powersFor({})
  const http: HttpPower = {
    resolve: async () => answers.shift() ?? assert.fail('asked again'),
    exchange: async ({ address }) => {
      reached.push(address)
      return { status: 200, headers: {}, body: Buffer.from('ok') }
    },
  }
  const covered = httpCovers(
    httpGrant.parse([{ hosts: ['api.example.test'] }]),
    httpRequest.parse({ url: 'https://api.example.test/' }),
  )
  assert.ok('allowed' in covered)
  await follow(covered.allowed, { ...powers, http }, callerFor(), { redirects: 5, milliseconds: 5000, bytes: 1000 })
  assert.deepEqual([reached, answers.length], [[PUBLIC], 2])
})

test('too large, endless, compressed: refused', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    if (request.url === '/fits') return response.end('x'.repeat(1024 ** 2))
    if (request.url === '/large') return response.end('x'.repeat(1024 ** 2 + 1))
    if (request.url === '/gzip') return response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'))
    const more = () => response.write('x'.repeat(65_536), () => response.destroyed || setImmediate(more))
    return more()
  })
  const grant = [{ hosts: ['127.0.0.1'] }]
  assert.equal((await fetchByGrant(grant, { url: `${origin}/fits` })).body.length, 1024 ** 2)
  for (const path of ['/large', '/endless'])
    await assert.rejects(fetchByGrant(grant, { url: origin + path }), { code: 'HTTP_TOO_LARGE' })
  await assert.rejects(fetchByGrant(grant, { url: `${origin}/gzip` }), { code: 'HTTP_FAILED' })
})

test('slow headers, a dripping body and slow redirects share one time limit; the end of the run ends it too', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    if (request.url === '/silent') return null
    if (request.url === '/loop') return setTimeout(() => response.writeHead(302, { location: '/loop' }).end(), 60)
    const drip = setInterval(() => response.write('x'), 20)
    return response.on('close', () => clearInterval(drip))
  })
  const limits = { redirects: 100, milliseconds: 200, bytes: 1000 }
  const begin = (path: string, signal?: AbortSignal) => {
    const covered = httpCovers(httpGrant.parse([{ hosts: ['127.0.0.1'] }]), httpRequest.parse({ url: origin + path }))
    assert.ok('allowed' in covered)
    return follow(
      covered.allowed,
      powersFor({}),
      callerFor(signal),
      signal ? { ...limits, milliseconds: 60_000 } : limits,
    )
  }
  for (const path of ['/silent', '/drip', '/loop']) {
    await assert.rejects(begin(path), { code: 'HTTP_TIMEOUT', detail: { host: '127.0.0.1' } }, path)
  }
  const run = new AbortController()
  const running = begin('/silent', run.signal)
  setImmediate(() => run.abort())
  await assert.rejects(running, { code: 'HTTP_FAILED' })
})

test('bytes that are not UTF-8 become replacement characters, not an error', async (t) => {
  const { origin } = await serve(t, (_request, response) => response.end(Buffer.from([0x61, 0xff, 0x62])))
  assert.equal((await fetchByGrant([{ hosts: ['127.0.0.1'] }], { url: origin })).body, 'a\ufffdb')
})

test('a server that hangs up is a failure in words', async (t) => {
  const { origin } = await serve(t, (request) => request.socket.destroy())
  const failed = await fetchByGrant([{ hosts: ['127.0.0.1'] }], { url: `${origin}/?hunter2` }).catch(
    (error: Error) => error,
  )
  assert.ok(failed instanceof Error && 'code' in failed && failed.code === 'HTTP_FAILED')
  assert.doesNotMatch(`${failed.message}${String(failed.stack)}`, /hunter2/)
})
