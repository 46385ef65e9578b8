import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { linearPattern, OutOfFuel } from '../../../supervisor/routing/pattern.ts'

function compile(source: string) {
  const pattern = linearPattern(source)
  if ('problem' in pattern) throw new Error(`${source}: ${pattern.problem}`)
  return (text: string, steps = 1e9) => pattern.test(text, { steps })
}

const characters = [
  'a',
  'b',
  'c',
  'd',
  'x',
  'o',
  'f',
  ' ',
  '/',
  '-',
  '#',
  '\n',
  '.',
  '1',
  'A',
  ']',
  '\0',
  '京',
  '😀',
  '\ud83d',
]

const SOURCES = [
  '^a+$',
  '(a+)+$',
  '^(?:a|b){2,3}c?$',
  '[^a-c]d',
  String.raw`\bof\b`,
  String.raw`\Bo`,
  'a*?b',
  String.raw`^\p{L}{1,3}$`,
  String.raw`^[\w.-]+/[\w.-]+$`,
  String.raw`\u{1F600}|x`,
  String.raw`\ud83d\ude00`,
  '^.$',
  'a||b',
  '(?<name>a)b',
  '[]',
  '[^]',
  '^(?:){0,5}$',
  'a{0}b',
  '(|a)+b',
  '^(a?){3}$',
  String.raw`[\]x]+$`,
  '^#.*#$',
  '(a*)*b',
  '$^',
  String.raw`\0|\x41|\s\S\D`,
  '',
]

for (const source of SOURCES) {
  test(`/${source}/ answers as the native engine does`, () => {
    const find = compile(source)
    const native = new RegExp(source, 'u')
    const text = fc.string({ unit: fc.constantFrom(...characters), maxLength: 8 })
    fc.assert(
      fc.property(text, (one) => find(one) === native.test(one)),
      { numRuns: 300 },
    )
  })
}

test('generated expressions answer as the native engine does', () => {
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', String.raw`\d`, '^', '$', String.raw`\b`),
      fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => left + right),
      fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => `(?:${left}|${right})`),
      fc
        .tuple(tie('tree'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}'))
        .map(([part, times]) => `(?:${part})${times}`),
    ),
  }))
  fc.assert(
    fc.property(tree, fc.string({ unit: fc.constantFrom('a', 'b', '1', ' '), maxLength: 6 }), (source, text) => {
      const pattern = linearPattern(source)
      fc.pre(!('problem' in pattern))
      assert.equal(pattern.test(text, { steps: 1e7 }), new RegExp(source, 'u').test(text), source)
    }),
    { numRuns: 1000 },
  )
})

test('refuses what needs backtracking, what is no expression, and what is too large', () => {
  const refused = [
    '(?=a)b',
    'a(?!b)',
    '(?<=a)b',
    '(?<!a)b',
    String.raw`(a)\1`,
    String.raw`(?<n>a)\k<n>`,
    '(?i:a)',
    '(',
    'a**',
    String.raw`\-`,
    '(?:){99999999}',
    '((?:){9999}){9999}',
    '(a{100}){100}',
    'a{99999999999}',
    'a'.repeat(1500),
    '('.repeat(3000) + ')'.repeat(3000),
  ]
  assert.deepEqual(
    refused.filter((source) => !('problem' in linearPattern(source))),
    [],
  )
})

test('expressions that kill a backtracking engine end', () => {
  assert.equal(compile('^(a+)+$')(`${'a'.repeat(5000)}!`), false)
  assert.equal(compile('(a|a)*b')('a'.repeat(5000)), false)
  assert.equal(compile(String.raw`\s*\s*\s*\s*x`)(' '.repeat(5000)), false)
})

test('a match stops when its steps are used up, and says how far they went', () => {
  const pattern = linearPattern('(a?){400}$')
  assert.ok(!('problem' in pattern))
  assert.throws(() => pattern.test('a'.repeat(4096), { steps: 100_000 }), OutOfFuel)
  const fuel = { steps: 1000 }
  assert.equal(pattern.test('', fuel), true)
  assert.ok(fuel.steps < 1000)
})
