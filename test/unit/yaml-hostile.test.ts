// readYaml over hostile text: refused, bounded, never an exception, and never a word of the file's own values.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readYaml } from '../../supervisor/yaml.ts'
import { faultsOf, schema } from '../support/yaml.ts'

test('what is YAML but not plain data is refused', () => {
  const cases: Record<string, string[]> = {
    'name: a\n---\nname: b\n': ['2:1 a second document begins here'],
    '%YAML 1.1\n---\nname: a\n': ['1:1 this is not YAML 1.2'],
    'name: !custom a\n': ['1:7 unknown tag'],
    'name: !!binary aGk=\n': ['1:7 unknown tag'],
    'name: &n a\nserver: {host: *n}\n': ['2:16 aliases are not allowed'],
    'name: a\nconfig: {x: {<<: {a: 1}}}\n': ['2:14 merge keys are not allowed'],
    'name: a\nconfig:\n  __proto__: {polluted: 1}\n': ['3:3 the key `__proto__` is not allowed'],
    'name: a\nconfig: {? [1] : 2}\n': ['2:12 a key must be plain text'],
    'name: a\n\tport: 1\n': ['2:1 Tabs are not allowed as indentation'],
  }
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual(faultsOf(text), expected, text)
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
})

test('an alias bomb, a circle and a deep nest are refused, not unfolded', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('')].map((line, index, all) => {
    const above = (all[index - 1] ?? '').charAt(0)
    return index === 0 ? line : `${line}: &${line} [${Array(9).fill(`*${above}`).join(',')}]`
  })
  assert.ok(faultsOf(bomb.join('\n')).every((fault) => fault.endsWith('aliases are not allowed')))
  assert.deepEqual(faultsOf('name: &a [*a]'), ['1:11 aliases are not allowed'])
  assert.ok(faultsOf('['.repeat(20_000)).some((fault) => fault.endsWith('the document is nested too deeply')))
})

test('a file above the limit is refused unread', () => {
  assert.deepEqual(faultsOf(`name: ${'字'.repeat(400_000)}`), ['1:1 the file is larger than 1048576 bytes'])
  assert.ok('value' in readYaml('name: abc', 'f', schema, 9))
  assert.ok('faults' in readYaml('name: abc', 'f', schema, 8))
})

test('a hundred faults are told, and that there are more', () => {
  const faults = faultsOf(Array.from({ length: 300 }, (_, index) => `k${index}: 1`).join('\n'))
  assert.equal(faults.length, 101)
  assert.match(faults[100] ?? '', /^100:1 there are more faults/)
})

test('no fault repeats a value, broken syntax included', () => {
  const broken = [
    '"a"XYZZY',
    '|XYZZY',
    '!XYZZY x',
    '!<XYZZY',
    '*XYZZY',
    '"\\XYZZY"',
    '}XYZZY',
    '@XYZZY',
    '[XYZZY',
    "'XYZZY",
  ]
  const wrong = ['[XYZZY]', '{a: XYZZY}', 'XYZZYXYZZY']
  for (const value of [...broken, ...wrong]) {
    const read = readYaml(`port: 1\nname: ${value}\n`, 'f', schema)
    assert.ok('faults' in read, value)
    for (const { what, cure } of read.faults) assert.doesNotMatch(what + cure, /XYZZY/i, value)
  }
})

test('arbitrary text never throws, and its faults stand inside it', () => {
  const signs = fc.constantFrom(
    ...'ab:-?[]{},&*!|>\'"%@`#\\ \n\t\r0'.split(''),
    '\uFEFF',
    '\u2028',
    '<<',
    '---\n',
    'name: ',
    '\ud800',
  )
  const anyText = fc.oneof(fc.string(), fc.string({ unit: signs, maxLength: 80 }))
  fc.assert(
    fc.property(anyText, (text) => {
      const read = readYaml(text, 'f', schema)
      if ('value' in read) return
      assert.ok(read.faults.length > 0)
      for (const { line, column, what } of read.faults) {
        assert.ok(
          line >= 1 && line <= text.split('\n').length && column >= 1 && what !== '',
          `${line}:${column} ${what}`,
        )
      }
    }),
    { numRuns: 2000 },
  )
})

test('whatever a schema takes is read back as it was written', () => {
  const key = fc.string({ unit: fc.constantFrom(...'abcxyz'.split('')), minLength: 1 })
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (config) => {
      const read = readYaml(JSON.stringify({ name: 'a', config }), 'f', schema)
      if (JSON.stringify(config).includes('"__proto__"')) return
      assert.ok('value' in read)
      assert.equal(JSON.stringify(read.value.config), JSON.stringify(config))
    }),
  )
})
