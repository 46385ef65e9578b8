import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { resolveSpecifier } from '../../../supervisor/registry/specifier.ts'

test('relative paths resolve from the importing module', () => {
  assert.deepEqual(resolveSpecifier('./b.ts', 'lib/a.ts'), { kind: 'module', path: 'lib/b.ts' })
  assert.deepEqual(resolveSpecifier('../b.js', 'lib/a.ts'), { kind: 'module', path: 'b.js' })
  assert.deepEqual(resolveSpecifier('./x/../天气.ts', 'a.ts'), { kind: 'module', path: '天气.ts' })
  assert.deepEqual(resolveSpecifier('molten', 'a.ts'), { kind: 'molten' })
})

test('everything else is refused', () => {
  const hostile = [
    '../a.ts',
    './../../etc/passwd.ts',
    '/etc/x.ts',
    'file:///x.ts',
    'node:fs',
    'fs',
    'https://x/y.ts',
    '',
  ]
  const shapeless = [
    './a',
    './a.json',
    './a.mjs',
    './.ts',
    './a.ts/',
    './a\\..\\b.ts',
    './a.ts?x',
    './a//b.ts',
    './%2e%2e/a.ts',
    './a\0.ts',
  ]
  for (const specifier of [...hostile, ...shapeless, 'molten/x.ts', '..', '.']) {
    assert.equal(resolveSpecifier(specifier, 'main.ts').kind, 'refused', specifier)
  }
})

test('no specifier leads out of the folder', () => {
  const parts = fc.array(fc.constantFrom('.', '..', '/', 'a', 'b.ts', '\\', '...', 'molten'), { maxLength: 12 })
  fc.assert(
    fc.property(parts, fc.constantFrom('main.ts', 'a/b/c.ts'), (pieces, importer) => {
      const target = resolveSpecifier(pieces.join(''), importer)
      if (target.kind === 'module') assert.doesNotMatch(target.path, /^\/|(^|\/)\.\.(\/|$)/)
    }),
  )
})
