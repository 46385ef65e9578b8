import { test } from 'node:test'
import assert from 'node:assert/strict'
import { hostCovers, hostProblem } from '../../../supervisor/capabilities/http-hosts.ts'

test('host patterns that parse', () => {
  const good = [
    'api.example.com',
    '*.example.com',
    'api.example.com:8443',
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::1]:80',
  ]
  for (const pattern of [
    ...good,
    'a_b.example.com',
    'xn--fiq228c.example',
    '*.shop.example.co.uk',
    '*.com-x.example',
  ]) {
    assert.equal(hostProblem(pattern), null, pattern)
  }
})

test('host patterns that do not, each with a sentence that helps', () => {
  const bad: Record<string, RegExp> = {
    '': /is not a host/,
    '*': /write a name such as/,
    '*.': /is not a host/,
    '*.com': /too broad/,
    '*.com.cn': /too broad/,
    '*.co.uk': /too broad/,
    '*.localhost': /too broad/,
    '*.10.0.0.1': /too broad/,
    '*.[::1]': /too broad/,
    'a*.example.com': /not a host name/,
    '*.*.example.com': /not a host name/,
    'API.example.com': /as "api\.example\.com"/,
    'example.com.': /not a host name/,
    '中文.example': /as "xn--fiq228c\.example"/,
    '0177.0.0.1': /as "127\.0\.0\.1"/,
    '[0::1]': /as "\[::1\]"/,
    'example.com:0': /not a port/,
    'example.com:70000': /not a port/,
    'example.com/x': /as "example\.com"/,
    'user@example.com': /as "example\.com"/,
    'https://example.com': /is not a host/,
    '-a.example.com': /not a host name/,
  }
  for (const [pattern, expected] of Object.entries(bad))
    assert.match(hostProblem(pattern) ?? 'no problem', expected, pattern)
})

test('what a host pattern covers', () => {
  const rows: [string, string, boolean][] = [
    ['api.example.com', 'https://api.example.com/', true],
    ['api.example.com', 'https://API.EXAMPLE.COM:443/', true],
    ['api.example.com', 'https://api.example.com:8443/', false],
    ['api.example.com', 'https://api.example.com./', false],
    ['api.example.com', 'https://x.api.example.com/', false],
    ['api.example.com:8443', 'https://api.example.com:8443/', true],
    ['api.example.com:8443', 'https://api.example.com/', false],
    ['api.example.com:443', 'https://api.example.com/', true],
    ['*.example.com', 'https://a.example.com/', true],
    ['*.example.com', 'https://a.b.example.com/', false],
    ['*.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://evilexample.com/', false],
    ['*.example.com', 'https://a.example.com.evil.net/', false],
    ['127.0.0.1', 'http://127.0.0.1:9999/', true],
    ['127.0.0.1', 'http://0x7f.1:9999/', true],
    ['127.0.0.1', 'http://127.0.0.2:9999/', false],
    ['127.0.0.1:80', 'http://127.0.0.1:9999/', false],
    ['127.0.0.1:80', 'http://127.0.0.1/', true],
    ['[::1]', 'http://[::1]:9999/', true],
    ['[::1]', 'http://[::ffff:127.0.0.1]:9999/', false],
    ['10.0.0.1', 'https://10.0.0.1:8443/', false],
    ['localhost', 'https://localhost:8443/', false],
  ]
  for (const [pattern, url, expected] of rows)
    assert.equal(hostCovers(pattern, new URL(url)), expected, `${pattern} ${url}`)
})
