import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { splitWords } from '../../../supervisor/routing/words.ts'

const texts = (line: string) => splitWords(line).map((word) => word.text)

const SPLIT: readonly [string, string[]][] = [
  ['', []],
  ['  北京   上海 ', ['北京', '上海']],
  ['北京　上海', ['北京', '上海']],
  ['a\nb\tc\u00a0d', ['a', 'b', 'c', 'd']],
  ['"New York" x', ['New York', 'x']],
  ["'a b' “c d” 「e f」 ‘g h’ ＂i j＂", ['a b', 'c d', 'e f', 'g h', 'i j']],
  ['"" x', ['', 'x']],
  [String.raw`"say \"hi\" \\ C:\new"`, [String.raw`say "hi" \ C:\new`]],
  [String.raw`'a\' b`, ['a\\', 'b']],
  ["it's fine", ["it's", 'fine']],
  ["'tis the season", ["'tis", 'the', 'season']],
  ['"hello", he said', ['"hello",', 'he', 'said']],
  ['"open end', ['"open', 'end']],
  ['a"b c"d', ['a"b', 'c"d']],
]

for (const [line, expected] of SPLIT) {
  test(`splits ${JSON.stringify(line)}`, () => assert.deepEqual(texts(line), expected))
}

test('reads key=value with and without quotes, and the full-width sign', () => {
  const pairs = splitWords('a=1 b="x y" c=“你 好” d＝4 e= =5 "f=6"').map((word) => word.pair)
  assert.deepEqual(pairs, [
    { key: 'a', value: '1', quoted: false },
    { key: 'b', value: 'x y', quoted: true },
    { key: 'c', value: '你 好', quoted: true },
    { key: 'd', value: '4', quoted: false },
    { key: 'e', value: '', quoted: false },
    null,
    null,
  ])
})

test('marks a quote that does not close, but not an apostrophe', () => {
  const marked = (line: string) =>
    splitWords(line)
      .filter((word) => word.unclosed)
      .map((word) => word.text)
  assert.deepEqual(marked('title="foo bar'), ['title="foo'])
  assert.deepEqual(marked('“foo bar'), ['“foo'])
  assert.deepEqual(marked("'em 'tis ok"), [])
  assert.deepEqual(marked('"a b" c="d e" "'), ['"'])
})

test('a word in double quotes comes back whatever it holds', () => {
  const quote = (text: string) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (words) => {
      assert.deepEqual(texts(words.map(quote).join(' ')), words)
    }),
  )
})

test('a word without spaces and quotes comes back as it is', () => {
  const plain = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\s"'“‘「＂]/.test(text))
  fc.assert(fc.property(fc.array(plain), (words) => assert.deepEqual(texts(words.join(' ')), words)))
})

test('words lie one behind the other, and between them is nothing but space', () => {
  const hostile = fc.string({ unit: fc.constantFrom('"', "'", '“', '”', '「', '」', '\\', '=', ' ', '　', 'a', '京') })
  fc.assert(
    fc.property(hostile, (line) => {
      let at = 0
      for (const { start, end } of splitWords(line)) {
        assert.equal(line.slice(at, start).trim(), '')
        assert.ok(end > start)
        at = end
      }
      assert.equal(line.slice(at).trim(), '')
    }),
    { numRuns: 500 },
  )
})

test('many quotes that never close cost no more than one look each', () => {
  // With a scan to the end for each of them this takes minutes.
  assert.equal(splitWords('"a '.repeat(100_000)).length, 100_000)
})
