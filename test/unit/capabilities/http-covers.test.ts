import { test } from 'node:test'
import assert from 'node:assert/strict'
import { httpCovers } from '../../../supervisor/capabilities/http-covers.ts'
import { httpGrant } from '../../../supervisor/capabilities/http-grant.ts'
import { httpRequest } from '../../../supervisor/capabilities/http-request.ts'

const API = 'https://api.example.com'
const grant = httpGrant.parse([
  { hosts: ['api.example.com'], paths: ['/v1/*'], headers: { 'X-Key': '${KEY}' } },
  { hosts: ['api.example.com'], methods: ['POST'], paths: ['/v1/search'], effect: 'read' },
  { hosts: ['api.example.com'], methods: ['POST', 'DELETE'], paths: ['/v1/**'] },
  { hosts: ['api.example.com'], methods: ['GET'], paths: ['/purge'], effect: 'destroy' },
  { hosts: ['127.0.0.1'] },
])

function judge(request: object) {
  const covered = httpCovers(grant, httpRequest.parse(request))
  return 'code' in covered ? covered : { effect: covered.effect, entry: grant.indexOf(covered.allowed.entry) }
}

test('the first entry that covers host, method and path decides the effect', () => {
  const rows: [object, { effect: string; entry: number }][] = [
    [{ url: `${API}/v1/now?q=1#x` }, { effect: 'read', entry: 0 }],
    [
      { url: `${API}/v1/search`, method: 'post' },
      { effect: 'read', entry: 1 },
    ],
    [
      { url: `${API}/v1/other`, method: 'POST' },
      { effect: 'write', entry: 2 },
    ],
    [
      { url: `${API}/v1/a/b`, method: 'DELETE' },
      { effect: 'write', entry: 2 },
    ],
    [{ url: `${API}/purge` }, { effect: 'destroy', entry: 3 }],
    [{ url: 'http://127.0.0.1:3000/x' }, { effect: 'read', entry: 4 }],
  ]
  for (const [request, expected] of rows) assert.deepEqual(judge(request), expected, JSON.stringify(request))
})

test('what is outside says which part of the grant is missing', () => {
  const rows: [object, RegExp][] = [
    [{ url: 'https://evil.example/v1/now' }, /^host evil\.example$/],
    [{ url: `${API}:8443/v1/now` }, /^host api\.example\.com:8443$/],
    [{ url: `${API}/v1/now`, method: 'PUT' }, /^method PUT/],
    [{ url: `${API}/v1/now`, method: 'HEAD' }, /^method HEAD/],
    [{ url: `${API}/v2/now` }, /^path \/v2\/now/],
    [{ url: `${API}/v1/../admin` }, /^path \/admin/],
    [{ url: 'http://api.example.com/v1/now' }, /use https/],
    [{ url: 'http://localhost/v1/now' }, /use https/],
    [{ url: `${API}/v1/now`, headers: { 'X-KEY': 'mine' } }, /^header x-key is set by the grant/],
  ]
  for (const [request, expected] of rows) {
    const refused = judge(request)
    assert.ok('code' in refused && refused.code === 'CALL_NOT_GRANTED', JSON.stringify(request))
    assert.match(String(refused.detail['problem']), expected)
  }
})

test('a URL that is not plainly one place is invalid, whatever the grant', () => {
  const hosts = [
    'https://user@api.example.com/v1/x',
    'https://@api.example.com/v1/x',
    'https://a:b@api.example.com/v1/x',
  ]
  const slashes = [
    'https:\\\\api.example.com\\v1\\x',
    'https:/api.example.com/v1/x',
    'https:api.example.com/v1/x',
    '//api.example.com/v1/x',
  ]
  const odd = [
    `${API}/v1\\x`,
    ` ${API}/v1/x`,
    `${API}/v1/\tx`,
    `${API}/v1/x y`,
    'ftp://api.example.com/',
    '/v1/x',
    'file:///etc/passwd',
  ]
  const paths = [`${API}/v1/..%2fadmin`, `${API}/v1/%5C..%5Cadmin`, `${API}/v1/..;/admin`, `${API}/v1/%252e%252e`]
  for (const url of [...hosts, ...slashes, ...odd, ...paths]) {
    const refused = judge({ url })
    assert.ok('code' in refused && refused.code === 'CALL_INVALID', url)
  }
})

test('no refusal repeats a query or a user name', () => {
  for (const url of ['https://evil.example/?token=hunter2', 'https://hunter2@evil.example/', `${API}/v2?hunter2`]) {
    assert.doesNotMatch(JSON.stringify(judge({ url })), /hunter2/)
  }
})
