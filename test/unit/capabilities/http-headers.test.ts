import { test } from 'node:test'
import assert from 'node:assert/strict'
import {
  fill,
  headersSchema,
  headerTemplate,
  overridden,
  secretsOf,
} from '../../../supervisor/capabilities/http-headers.ts'

test('headers that the transport owns, or that change which request a server sees, are refused in every spelling', () => {
  const framing = [
    'host',
    'Content-Length',
    'connection',
    'transfer-encoding',
    'TE',
    'trailer',
    'upgrade',
    'keep-alive',
    'expect',
  ]
  const proxies = [
    'proxy-authorization',
    'Proxy-Connection',
    'via',
    'forwarded',
    'X-Forwarded-For',
    'x-real-ip',
    'x_forwarded_host',
  ]
  const rewrites = [
    'X-HTTP-Method-Override',
    'x_http_method_override',
    'x-method-override',
    'x-original-url',
    'x-rewrite-url',
  ]
  for (const name of [...framing, ...proxies, ...rewrites, 'accept-encoding', 'content_length']) {
    assert.equal(headersSchema.safeParse({ [name]: 'x' }).success, false, name)
  }
  for (const name of ['authorization', 'Cookie', 'content-type', 'x-api-key', 'accept', 'x-request-id']) {
    assert.equal(headersSchema.safeParse({ [name]: 'x' }).success, true, name)
  }
})

test('names are lower-cased, so that one cannot stand twice; values cannot break out of their line', () => {
  assert.deepEqual(headersSchema.parse({ 'X-A': '1', 'x-a': '2' }), { 'x-a': '2' })
  for (const value of ['a\r\nb: c', 'a\nb', 'a\0', '天'])
    assert.equal(headersSchema.safeParse({ a: value }).success, false)
  for (const name of ['', 'a b', 'a:', 'a\r\n', '天'])
    assert.equal(headersSchema.safeParse({ [name]: '1' }).success, false, name)
})

test('count and size are limited', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, '']))
  assert.ok(headersSchema.safeParse(many(64)).success)
  assert.equal(headersSchema.safeParse(many(65)).success, false)
  assert.ok(headersSchema.safeParse({ a: 'x'.repeat(16_383) }).success)
  assert.equal(headersSchema.safeParse({ a: 'x'.repeat(16_384) }).success, false)
})

test('a plugin’s header that a server could take for an injected one is found', () => {
  const injected = { 'x-api-key': '${KEY}' }
  assert.equal(overridden({ accept: '1', 'x-api-key': '2' }, injected), 'x-api-key')
  assert.equal(overridden({ x_api_key: '2' }, injected), 'x_api_key')
  assert.equal(overridden({ 'x-api-key2': '2' }, injected), null)
})

test('templates name secrets in one way only', () => {
  for (const good of ['Bearer ${TOKEN}', '${A}:${B_2}', 'plain $5', 'a {B}'])
    assert.ok(headerTemplate.safeParse(good).success, good)
  for (const bad of ['${token}', '${', '${A', '${A-B}', '${}', '${__proto__}', '${1A}']) {
    assert.equal(headerTemplate.safeParse(bad).success, false, bad)
  }
  assert.deepEqual(secretsOf('${A}:${B_2}${A}'), ['A', 'B_2', 'A'])
})

test('filling reads each secret once, reports what it used, and does not fill in what a secret contains', async () => {
  const reads: string[] = []
  const used: string[] = []
  const values: Record<string, string> = { A: '${B}', B: 'bee$&' }
  const read = async (name: string) => {
    reads.push(name)
    return values[name] ?? null
  }
  const filled = await fill({ one: '${A} ${B}', two: '${B}' }, read, (value) => used.push(value))
  assert.deepEqual(filled, { one: '${B} bee$&', two: 'bee$&' })
  assert.deepEqual(
    [reads, used],
    [
      ['A', 'B'],
      ['${B}', 'bee$&'],
    ],
  )
})

test('a secret that is missing, empty or no header value stops the request', async () => {
  for (const value of [null, '', 'a\nb', '密']) {
    const filling = fill(
      { a: '${A}' },
      async () => value,
      () => {},
    )
    await assert.rejects(filling, { code: 'SECRET_MISSING', detail: { name: 'A' } })
  }
})
