import { test } from 'node:test'
import assert from 'node:assert/strict'
import { pathCovers, pathProblem, pathSegments } from '../../../supervisor/capabilities/http-paths.ts'

test('what a path pattern covers', () => {
  const rows: [string, string, boolean][] = [
    ['/v1/now', '/v1/now', true],
    ['/v1/now', '/v1/now/', false],
    ['/v1/now', '/V1/now', false],
    ['/v1/*', '/v1/now', true],
    ['/v1/*', '/v1/', false],
    ['/v1/*', '/v1/a/b', false],
    ['/v1/*', '/v1', false],
    ['/v1/*.json', '/v1/a.json', true],
    ['/v1/*.json', '/v1/.json', false],
    ['/v1/a*a', '/v1/a', false],
    ['/v1/**', '/v1/', true],
    ['/v1/**', '/v1/a/b/c', true],
    ['/v1/**', '/v1', false],
    ['/v1/**', '/v12/a', false],
    ['/**', '/', true],
    ['/**', '/a//b', true],
    ['/**/raw', '/a/b/raw', true],
    ['/**/raw', '/raw', false],
    ['/repos/*/issues', '/repos/x/issues', true],
    ['/repos/*/issues', '/repos//issues', false],
    ['/repos/**/issues/*', '/repos/o/r/issues/7', true],
    ['/repos/**/issues/*', '/repos/o/r/issues/7/lock', false],
    ['/天气/*', '/%E5%A4%A9%E6%B0%94/x', true],
    ['/admin', '/%61dmin', true],
  ]
  for (const [pattern, path, expected] of rows) {
    assert.equal(pathProblem(pattern), null, pattern)
    assert.equal(pathCovers(pattern, pathSegments(path) ?? []), expected, `${pattern} ${path}`)
  }
})

test('paths that two servers could read differently have no segments', () => {
  const encoded = ['/v1/..%2fadmin', '/v1/%5c..', '/v1/%252e%252e/x', '/v1/%252f', '/v1/a%00', '/v1/%0a', '/v1/%2525']
  const others = [
    '/v1/..;x/admin',
    '/v1/..;/admin',
    '/v1/%c0%af',
    '/v1/%zz',
    '/v1/%20../x',
    '/v1/%EF%BC%8Fx',
    '/v1/%EF%BC%8E%EF%BC%8E/x',
  ]
  for (const path of [...encoded, ...others]) assert.equal(pathSegments(path), null, path)
  for (const path of ['/v1/a;b=c', '/v1/...a', '/v1/a%20b', '/v1/100%25', '/v1/.well-known'])
    assert.ok(pathSegments(path), path)
})

test('path patterns that do not parse, each with a sentence that helps', () => {
  const bad: Record<string, RegExp> = {
    'v1/x': /must start with/,
    '/v1?x=*': /queries are not restricted/,
    '/%E5': /as it reads/,
    '/v1/../x': /must not contain/,
    '/**/a/**': /once/,
    '/*a*': /one \* in a segment/,
    '/a**': /one \* in a segment/,
    '/***': /one \* in a segment/,
    '/a\\b': /as it reads/,
  }
  for (const [pattern, expected] of Object.entries(bad))
    assert.match(pathProblem(pattern) ?? 'no problem', expected, pattern)
})
