// Redirects by a grant: each hop is judged, pinned and given its own headers as if it were the first request.
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import type { HttpPower } from '../../supervisor/capabilities/capability.ts'
import { fetchByGrant } from '../support/http/fetch-by-grant.ts'
import { serve } from '../support/http/serve.ts'

const refused = { code: 'REDIRECT_REFUSED' }
const ok: RequestListener = (_request, response) => response.end('there')

function redirect(status: number, location: string): RequestListener {
  return (_request, response) => response.writeHead(status, { location }).end()
}

/** Two servers; the first redirects to the second’s `/there`. */
async function two(t: TestContext, status = 302) {
  const to = await serve(t, ok)
  const from = await serve(t, redirect(status, `${to.origin}/there`))
  return { from, to }
}

test('a redirect outside the grant is refused and not even connected to', async (t) => {
  const { from, to } = await two(t)
  await assert.rejects(fetchByGrant([{ hosts: [`127.0.0.1:${from.port}`] }], { url: from.origin }), refused)
  assert.deepEqual([from.seen.length, to.seen.length], [1, 0])
})

test('each hop gets its own entry’s headers only; the plugin’s credentials stay with the first origin', async (t) => {
  const { from, to } = await two(t)
  const grant = [
    { hosts: [`127.0.0.1:${from.port}`], headers: { 'x-first': '${FIRST}' } },
    { hosts: [`127.0.0.1:${to.port}`], headers: { 'x-second': '${SECOND}' } },
  ]
  const headers = { authorization: 'mine', cookie: 'mine', accept: 'text/plain' }
  const reply = await fetchByGrant(
    grant,
    { url: from.origin, headers },
    { secrets: { FIRST: 'first-1', SECOND: 'second-2' } },
  )
  assert.deepEqual([reply.body, reply.url], ['there', `${to.origin}/there`])
  const pick = (seen: typeof from.seen) =>
    ['x-first', 'x-second', 'authorization', 'cookie', 'accept'].map((name) => seen[0]?.headers[name])
  assert.deepEqual(pick(from.seen), ['first-1', undefined, 'mine', 'mine', 'text/plain'])
  assert.deepEqual(pick(to.seen), [undefined, 'second-2', undefined, undefined, 'text/plain'])
})

test('a secret is not carried to another origin by the URL, nor shown by the last one', async (t) => {
  const to = await serve(t, ok)
  const from = await serve(t, (request, response) => {
    const key = encodeURIComponent(String(request.headers['x-key']))
    const location = request.url === '/away' ? `${to.origin}/?k=${key}` : `/here?k=${key}`
    if (request.url?.startsWith('/here')) response.end('here')
    else response.writeHead(302, { location }).end()
  })
  const grant = [
    { hosts: [`127.0.0.1:${from.port}`], headers: { 'x-key': '${KEY}' } },
    { hosts: [`127.0.0.1:${to.port}`] },
  ]
  const options = { secrets: { KEY: 'key/with=signs' } }
  await assert.rejects(fetchByGrant(grant, { url: `${from.origin}/away` }, options), refused)
  assert.equal(to.seen.length, 0)
  assert.equal((await fetchByGrant(grant, { url: `${from.origin}/near` }, options)).url, `${from.origin}/here?k=***`)
})

test('an echo by a later hop of an earlier hop’s secret is masked', async (t) => {
  const to = await serve(t, (_request, response) => response.end('it was first-1'))
  const from = await serve(t, redirect(302, to.origin))
  const grant = [
    { hosts: [`127.0.0.1:${from.port}`], headers: { 'x-key': '${KEY}' } },
    { hosts: [`127.0.0.1:${to.port}`] },
  ]
  assert.equal((await fetchByGrant(grant, { url: from.origin }, { secrets: { KEY: 'first-1' } })).body, 'it was ***')
})

test('methods and bodies follow the fetch standard', async (t) => {
  const rows: [number, string, string, string][] = [
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [302, 'PUT', 'PUT', 'body'],
    [307, 'POST', 'POST', 'body'],
    [308, 'POST', 'POST', 'body'],
    [303, 'HEAD', 'HEAD', ''],
  ]
  for (const [status, method, expected, body] of rows) {
    const { from, to } = await two(t, status)
    const grant = [{ hosts: ['127.0.0.1'], methods: ['GET', 'HEAD', 'POST', 'PUT'] }]
    const sent = method === 'HEAD' ? {} : { headers: { 'content-type': 'text/plain' }, body: 'body' }
    await fetchByGrant(grant, { url: from.origin, method, ...sent })
    const [arrived = assert.fail()] = to.seen
    assert.deepEqual([arrived.method, arrived.body], [expected, body], `${status} ${method}`)
    assert.equal(arrived.headers['content-type'], body ? 'text/plain' : undefined)
  }
})

test('a hop’s effect may not exceed the first’s', async (t) => {
  const { from, to } = await two(t)
  const entry = (port: number, effect: string) => ({ hosts: [`127.0.0.1:${port}`], effect })
  const run = (first: string, second: string) =>
    fetchByGrant([entry(from.port, first), entry(to.port, second)], { url: from.origin })
  await assert.rejects(run('read', 'write'), refused)
  await assert.rejects(run('write', 'destroy'), refused)
  assert.equal(to.seen.length, 0)
  assert.equal((await run('write', 'read')).status, 200)
  assert.equal((await run('destroy', 'destroy')).status, 200)
})

test('five redirects are followed, a sixth is not', async (t) => {
  const { origin, seen } = await serve(t, (request, response) => {
    const left = Number(request.url?.slice(1))
    if (left === 0) response.end('end')
    else response.writeHead(302, { location: `/${left - 1}` }).end()
  })
  const grant = [{ hosts: ['127.0.0.1'] }]
  assert.equal((await fetchByGrant(grant, { url: `${origin}/5` })).body, 'end')
  assert.equal(seen.length, 6)
  await assert.rejects(fetchByGrant(grant, { url: `${origin}/6` }), refused)
  assert.equal(seen.length, 12)
})

test('places that no redirect may lead to', async (t) => {
  const places = [
    'http://user@127.0.0.1/',
    'http://localhost/',
    'file:///etc/passwd',
    '//evil.example/',
    '\\\\evil.example',
    'http://',
    '/..%2fadmin',
  ]
  for (const location of [
    ...places,
    'http://169.254.169.254/',
    'http://[::ffff:127.0.0.1]/',
    'http://0x7f.2/',
    'data:text/plain,x',
  ]) {
    const { origin } = await serve(t, redirect(302, location))
    await assert.rejects(fetchByGrant([{ hosts: ['127.0.0.1'] }], { url: origin }), refused, location)
  }
})

test('the address of each hop is looked at anew', async () => {
  const reached: string[] = []
  const exchange: HttpPower['exchange'] = async ({ url, address }) => {
    reached.push(`${url.hostname} ${address}`)
    const headers = { location: 'https://b.example.test/' }
    return { status: url.hostname.startsWith('a.') ? 302 : 200, headers, body: Buffer.alloc(0) }
  }
  const names = { 'a.example.test': ['93.184.216.34'], 'b.example.test': ['127.0.0.1'] }
  const asked = fetchByGrant([{ hosts: ['*.example.test'] }], { url: 'https://a.example.test/' }, { names, exchange })
  await assert.rejects(asked, { code: 'ADDRESS_REFUSED', detail: { host: 'b.example.test' } })
  assert.deepEqual(reached, ['a.example.test 93.184.216.34'])
})

test('300, 304 and a redirect without a place are answers', async (t) => {
  for (const status of [300, 304, 302]) {
    const { origin } = await serve(t, (_request, response) => response.writeHead(status).end())
    assert.equal((await fetchByGrant([{ hosts: ['127.0.0.1'] }], { url: origin })).status, status)
  }
})
