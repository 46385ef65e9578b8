import { test } from 'node:test'
import assert from 'node:assert/strict'
import { httpGrant, secretNames } from '../../../supervisor/capabilities/http-grant.ts'

test('an entry defaults to reading everything of its hosts', () => {
  const [entry] = httpGrant.parse([{ hosts: ['api.example.com'] }])
  assert.deepEqual(entry, { hosts: ['api.example.com'], methods: ['GET'], paths: ['/**'], headers: {} })
})

test('the design’s example parses, header names lower-cased', () => {
  const headers = { Authorization: 'Bearer ${WEATHER_TOKEN}' }
  const [entry] = httpGrant.parse([{ hosts: ['api.weather.example'], methods: ['get'], paths: ['/v1/*'], headers }])
  assert.deepEqual(entry?.methods, ['GET'])
  assert.deepEqual(entry?.headers, { authorization: 'Bearer ${WEATHER_TOKEN}' })
})

test('what is empty, unknown or too broad does not parse', () => {
  const host = { hosts: ['api.example.com'] }
  const bad = [
    [],
    [{}],
    [{ hosts: [] }],
    [{ hosts: ['*'] }],
    [{ ...host, methods: [] }],
    [{ ...host, methods: ['CONNECT'] }],
    [{ ...host, methods: ['TRACE'] }],
    [{ ...host, paths: [] }],
    [{ ...host, paths: ['v1'] }],
    [{ ...host, headers: { host: 'x' } }],
    [{ ...host, headers: { a: '${lower}' } }],
    [{ ...host, effect: 'none' }],
    [{ ...host, method: ['GET'] }],
  ]
  for (const grant of bad) assert.equal(httpGrant.safeParse(grant).success, false, JSON.stringify(grant))
})

test('a too broad host is refused with a sentence that teaches', () => {
  const { error } = httpGrant.safeParse([{ hosts: ['*.com'] }])
  assert.match(error?.issues[0]?.message ?? '', /too broad: name the hosts/)
  assert.deepEqual(error?.issues[0]?.path, [0, 'hosts', 0])
})

test('the secrets of a grant, each once', () => {
  const entry = (headers: Record<string, string>) => ({ hosts: ['api.example.com'], headers })
  const grant = httpGrant.parse([entry({ a: '${B} ${A}', c: 'none' }), entry({ a: '${B}', d: '${C}' })])
  assert.deepEqual(secretNames(grant), ['A', 'B', 'C'])
})
