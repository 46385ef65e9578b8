import { test } from 'node:test'
import assert from 'node:assert/strict'
import { httpRequest, redactHttp } from '../../../supervisor/capabilities/http-request.ts'

test('a request is a URL and little more; what is unknown or too large is refused', () => {
  const url = 'https://api.example.com/'
  assert.deepEqual(httpRequest.parse({ url, method: 'post' }), { url, method: 'POST', headers: {} })
  const bad = [
    {},
    { url: '' },
    { url: `${url}${'x'.repeat(8192)}` },
    { url, redirect: 'manual' },
    { url, method: 'TRACE' },
    { url, method: 'POST', body: 'x'.repeat(1024 ** 2 + 1) },
    { url, method: 'POST', body: '天'.repeat(349_526) },
    { url, method: 'POST', body: { a: 1 } },
    { url, body: 'a GET with a body' },
    { url, headers: { host: 'evil.example' } },
    { url, headers: [['a', 'b']] },
  ]
  for (const request of bad)
    assert.equal(httpRequest.safeParse(request).success, false, JSON.stringify(request).slice(0, 80))
  assert.ok(httpRequest.safeParse({ url, method: 'POST', body: 'x'.repeat(1024 ** 2) }).success)
})

test('the audit log keeps where a request goes and how large it is, no value', () => {
  const request = httpRequest.parse({
    url: 'https://api.example.com:8443/v1/now?token=hunter2&q=hunter2&q=b#hunter2',
    method: 'POST',
    headers: { Authorization: 'hunter2', accept: 'hunter2' },
    body: 'hunter2天',
  })
  assert.deepEqual(redactHttp(request), {
    method: 'POST',
    origin: 'https://api.example.com:8443',
    path: '/v1/now',
    query: ['token', 'q'],
    headers: ['authorization', 'accept'],
    bodyBytes: 10,
  })
})

test('a URL that cannot be read is not repeated', () => {
  for (const url of ['https://hunter2@api.example.com/', 'hunter2', 'https:\\\\hunter2']) {
    assert.doesNotMatch(JSON.stringify(redactHttp(httpRequest.parse({ url }))), /hunter2/)
  }
})
