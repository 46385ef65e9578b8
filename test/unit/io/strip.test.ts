import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createStripper, type StripperOptions } from '../../../supervisor/io/strip.ts'

function stripper(t: TestContext, options: StripperOptions = {}) {
  const { strip, close } = createStripper(options)
  t.after(close)
  return strip
}

test('types go, everything else stays where it was', async (t) => {
  const strip = stripper(t)
  const source = 'type 城市 = string\nlet a: 城市 = "😀", b = <T>(x: T): T => x // 好'
  const result = await strip(source)
  assert.ok('js' in result)
  assert.equal(result.js.length, source.length)
  for (const word of ['let a', '"😀"', '// 好']) assert.equal(result.js.indexOf(word), source.indexOf(word))
})

test('an error stands at the author’s line and column, whatever is before it', async (t) => {
  const strip = stripper(t)
  const places: Record<string, readonly [number, number]> = {
    'let a = 1\nenum A {}': [2, 1],
    '\tlet a\t= 1; enum A {}': [1, 13],
    'let 变量 = 1; enum A {}': [1, 13],
    'let a = "😀"; enum A {}': [1, 15],
    'let a = "e\u0301"; enum A {}': [1, 15],
    '\r\n\r\nenum A {}': [3, 1],
    'let a = (': [1, 10],
    '\n\n  enum A {\n a\n}': [3, 3],
    'class A { constructor(private a: string) {} }': [1, 31],
  }
  for (const [source, [line, column]] of Object.entries(places)) {
    const result = await strip(source)
    assert.ok('what' in result, source)
    assert.deepEqual([result.line, result.column], [line, column], source)
  }
})

test('a source that breaks the stripper breaks it for nobody else', async (t) => {
  const strip = stripper(t)
  const hostile = ['['.repeat(100_000), `let a = ${'1+'.repeat(200_000)}1`, `let a: ${'A<'.repeat(50_000)}`]
  const results = await Promise.all([...hostile, 'let a: number = 1'].map((source) => strip(source)))
  assert.deepEqual(
    results.map((result) => ('what' in result ? 'fault' : 'js')),
    ['fault', 'fault', 'fault', 'js'],
  )
})

test('a source that takes too long is given up, and the next one is not', async (t) => {
  // No thread starts within no time.
  const impatient = stripper(t, { deadline: 0 })
  assert.ok('what' in (await impatient('let a: number = 1')))
  const patient = stripper(t, { idle: 0 })
  for (let round = 0; round < 3; round++) {
    assert.ok('js' in (await patient('let a: number = 1')))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
})
