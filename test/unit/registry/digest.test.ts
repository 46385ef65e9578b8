import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalJson, digest } from '../../../supervisor/registry/digest.ts'

test('the order of keys does not count, the order of lists does', () => {
  assert.equal(digest({ a: 1, b: { c: 2, d: 3 } }), digest({ b: { d: 3, c: 2 }, a: 1 }))
  assert.notEqual(digest([1, 2]), digest([2, 1]))
  assert.equal(digest({ a: 1, b: undefined }), digest({ a: 1 }))
})

test('the digest is the SHA-256 of the canonical text', () => {
  assert.equal(canonicalJson({ b: [true, null, 'x"'], a: -0 }), '{"a":0,"b":[true,null,"x\\""]}')
  assert.equal(digest({}), '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
})

test('what JSON cannot carry is refused instead of flattened', () => {
  for (const value of [new Set([1]), /x/, Number.NaN, Infinity, 1n, () => 1, undefined, new Date(0), [undefined]]) {
    assert.throws(() => canonicalJson(value), TypeError)
  }
})

test('equal text means equal value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))
    }),
  )
})
