import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { splitText } from '../../../../supervisor/chat/dingtalk/split.ts'

const atMost = (length: number) => (piece: string) => piece.length <= length

test('what fits is one piece, nothing is none', () => {
  assert.deepEqual(splitText('一行\n\n两行', atMost(10)), ['一行\n\n两行'])
  assert.deepEqual(splitText('', atMost(10)), [])
})

test('a cut falls after the last paragraph that fits', () => {
  assert.deepEqual(splitText('one\n\ntwo\nthree\n\nfour', atMost(16)), ['one\n\ntwo\nthree\n\n', 'four'])
})

test('else after the last line', () => {
  assert.deepEqual(splitText('one\ntwo\nthree', atMost(9)), ['one\ntwo\n', 'three'])
})

test('else between two characters', () => {
  assert.deepEqual(splitText('abcdefgh', atMost(3)), ['abc', 'def', 'gh'])
  assert.deepEqual(splitText('😀😀😀', atMost(3)), ['😀', '😀', '😀'])
})

test('a character that never fits still comes through', () => {
  assert.deepEqual(
    splitText('😀a', () => false),
    ['😀', 'a'],
  )
})

const words = fc
  .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\n\n', '😀', '\u0001', '"')))
  .map((parts) => parts.join(''))

test('pieces fit, give the text back, and break no character', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 60 }), (text, bytes) => {
      const pieces = splitText(text, (piece) => Buffer.byteLength(JSON.stringify(piece)) <= bytes)
      assert.equal(pieces.join(''), text)
      for (const piece of pieces) {
        assert.notEqual(piece, '')
        assert.ok(piece.isWellFormed())
        assert.ok(Buffer.byteLength(JSON.stringify(piece)) <= bytes)
      }
    }),
    { numRuns: 1000 },
  )
})

test('half a pair in the text stays as it was', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('\ud83d', '\ude00', 'a', '\n')),
      fc.integer({ min: 2, max: 5 }),
      (units, most) => {
        const text = units.join('')
        assert.equal(splitText(text, atMost(most)).join(''), text)
      },
    ),
  )
})
