import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemo } from '../../../supervisor/registry/memo.ts'

test('a text in use is made once; one out of use for a whole round is forgotten', () => {
  const memo = createMemo<{ of: string }>()
  let made = 0
  const get = (text: string) => memo.get(text, () => ({ of: `${text}${++made}` })).of
  assert.equal(get('a'), 'a1')
  memo.sweep()
  assert.equal(get('a'), 'a1')
  memo.sweep()
  memo.sweep()
  assert.equal(get('a'), 'a2')
  memo.forget('a')
  assert.equal(get('a'), 'a3')
})
