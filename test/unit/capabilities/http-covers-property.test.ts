import { test } from 'node:test'
import assert from 'node:assert/strict'
import { posix } from 'node:path'
import * as fc from 'fast-check'
import { httpCovers } from '../../../supervisor/capabilities/http-covers.ts'
import { httpGrant } from '../../../supervisor/capabilities/http-grant.ts'
import { httpRequest } from '../../../supervisor/capabilities/http-request.ts'

const grant = httpGrant.parse([
  { hosts: ['api.example.com'], paths: ['/v1/*', '/v1/deep/**'] },
  { hosts: ['*.wild.example.com'], paths: ['/v1/**'] },
  { hosts: ['93.184.216.34'], paths: ['/v1/**'] },
])

const words = (text: string) => text.split(' ')
const scheme = fc.constantFrom(
  'https://',
  'https://',
  ' https://',
  ...words('HTTPS:// http:// https: https:/ https:/// https:\\\\ //'),
)
const user = fc.constantFrom(
  '',
  '',
  '',
  ...words('api.example.com@ @ a:b@ api.example.com%40 api.example.com\\@ api.example.com#@'),
)
const good = words(
  'api.example.com a.wild.example.com 93.184.216.34 API.Example.COM ａpi.example.com api。example.com 0x5d.184.55330',
)
const evil = words(
  'evil.example api.example.com. api.example.com.evil.net xapi.example.com wild.example.com a.b.wild.example.com',
)
const inner = words(
  '127.0.0.1 0x7f000001 0177.0.0.1 127.1 2130706433 [::1] [::ffff:93.184.216.34] [::ffff:127.0.0.1] localhost',
)
const odd = ['api%2eexample.com', 'api.example.com%00.evil.net', 'api.exam\tple.com', 'api.example.com evil.example']
const host = fc.constantFrom(...good, ...good, ...evil, ...inner, ...odd)
const port = fc.constantFrom('', '', '', ...words(':443 :80 :8443 :0443 : :@evil.example'))
const dots = words('. .. %2e %2e%2e .%2E %252e%252e ..; ..;a=b ．． %EF%BC%8E%EF%BC%8E ..%20 ..%00 ... ‥')
const slashes = words('/ / / // \\ %2f %2F %5c %252f ／ %EF%BC%8F %c0%af ; ? # \t')
const plain = words('v1 v1 deep admin now a %61 ')
const piece = fc.oneof(
  fc.constantFrom(...plain),
  fc.constantFrom(...dots),
  fc.string({ maxLength: 3, unit: 'grapheme' }),
)
const path = fc
  .array(fc.tuple(fc.constantFrom(...slashes), piece), { maxLength: 7 })
  .map((parts) => parts.flat().join(''))
const start = fc.constantFrom('', '/v1', '/v1/deep')
const spelled = fc.tuple(scheme, user, host, port, start, path).map((parts) => parts.join(''))
const valid = fc.constantFrom('https://api.example.com/v1/now', 'https://a.wild.example.com/v1/x')
const bent = fc
  .tuple(valid, fc.nat(40), fc.string({ unit: 'binary', maxLength: 4 }))
  .map(([url, at, extra]) => url.slice(0, at) + extra + url.slice(at))

// The path that the most forgiving of servers could act on: decoded again and again, folded, parameters cut, dots resolved.
function mostForgiving(pathname: string): string {
  let read = pathname
  for (let turn = 0; turn < 4; turn += 1) {
    const bytes = read.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    read = Buffer.from(bytes, 'latin1').toString().normalize('NFKC').replaceAll('\\', '/').replaceAll('À¯', '/')
  }
  const cut = read.split('/').map((segment) => (segment.split(';')[0] ?? '').replace(/[\s\0]+$/, ''))
  return posix.normalize(cut.join('/'))
}

test('no spelling of a URL is covered outside the grant', () => {
  let covered = 0
  fc.assert(
    fc.property(fc.oneof(spelled, spelled, bent), (text) => {
      const request = httpRequest.safeParse({ url: text })
      if (!request.success) return
      const found = httpCovers(grant, request.data)
      if ('code' in found) return
      covered += 1
      const { url } = found.allowed
      assert.match(url.host, /^(?:api\.example\.com|[a-z0-9-]+\.wild\.example\.com|93\.184\.216\.34)$/)
      assert.deepEqual([url.protocol, url.username, url.password, url.hash], ['https:', '', '', ''])
      // What a person would read as the host is the host.
      const read = /^https:\/\/([^/?#:]*)/i.exec(text)?.[1] ?? ''
      assert.equal(new URL(`https://${read}`).hostname, url.hostname)
      assert.ok(mostForgiving(url.pathname).startsWith('/v1/'), url.pathname)
    }),
    { numRuns: 20_000 },
  )
  assert.ok(covered > 100, `the property saw ${covered} covered URLs`)
})

test('no method, header or URL makes covers throw', () => {
  fc.assert(
    fc.property(
      fc.record({
        url: fc.oneof(fc.webUrl(), fc.string()),
        method: fc.string(),
        headers: fc.dictionary(fc.string(), fc.string()),
      }),
      (raw) => {
        const request = httpRequest.safeParse(raw)
        if (request.success) httpCovers(grant, request.data)
      },
    ),
  )
})
