import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { literal } from '../../../supervisor/routing/literal.ts'

test('leaves plain text and names alone', () => {
  assert.equal(literal('查询 org/repo_name 的 issue (1.5)!'), '查询 org/repo_name 的 issue (1.5)!')
})

test('nothing stays markup', () => {
  assert.equal(
    literal('[点这里](http://x) ![](y) <a> **b** `c` _d_'),
    '［点这里］(http://x) !［］(y) ‹a› ＊＊b＊＊ ˋcˋ ＿d＿',
  )
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[[\]<>*`\\~|&#\n\r\u202e]/.test(literal(text))))
})

test('one line, and no longer than asked', () => {
  assert.equal(literal(' a\n\n# b\u202e\u0000 '), 'a ＃ b')
  assert.equal(literal('😀😀😀', 2), '😀😀…')
})
