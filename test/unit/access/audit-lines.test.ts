import { test } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { createSplitter } from '../../../supervisor/access/audit-lines.ts'

test('however the bytes are cut up, the lines are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '\n', '京', '')), fc.integer({ min: 1, max: 5 }), (parts, size) => {
      const bytes = Buffer.from(parts.join(''))
      const splitter = createSplitter()
      const lines: string[] = []
      for (let at = 0; at < bytes.length; at += size) {
        for (const line of splitter.push(bytes.subarray(at, at + size))) lines.push(line.toString())
      }
      assert.deepEqual([...lines, splitter.rest().toString()], bytes.toString().split('\n'))
    }),
  )
})

test('an unfinished line may not grow without bound', () => {
  const splitter = createSplitter(10)
  assert.deepEqual(splitter.push(Buffer.from('123456789')), [])
  assert.throws(() => splitter.push(Buffer.from('01')), RangeError)
})
