import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFault } from '../../../supervisor/errors.ts'
import { readRules } from '../../../supervisor/access/rules.ts'

const read = (...texts: string[]) => readRules(texts.map((text, index) => ({ name: `${'abc'[index]}.cedar`, text })))
const faultsOf = (...texts: string[]) => read(...texts).faults.map(describeFault)
const ANY = 'permit (principal, action, resource);'

test('rules end at their semicolons, not at those in strings and comments', () => {
  const { rules, faults } = read(`
// a; comment
@id("one") // another; "comment
@why("first; of \\"two\\"; // not a comment")
forbid (principal, action, resource) when { context.args.x == "a;b\\";" };
@why("second")@id("two")${ANY} // the end;
`)
  assert.deepEqual(faults, [])
  assert.deepEqual(
    rules.map(({ id }) => id),
    ['one', 'two'],
  )
  assert.match(rules[0]?.text ?? '', /^@id\("one"\)[^]*"a;b\\";" \};$/)
  assert.equal(rules[1]?.text, `@why("second")@id("two")${ANY}`)
})

test('a place counts Cedar’s bytes in the file’s own columns', () => {
  const text = `// 注释\r\n@id("a")\r\n@why("为了😀测试") ${ANY}`
  const [rule] = read(text).rules
  assert.ok(rule)
  const byte = Buffer.byteLength(rule.text.slice(0, rule.text.indexOf('permit')))
  assert.deepEqual(rule.place(0), { file: 'a.cedar', line: 2, column: 1 })
  assert.deepEqual(rule.place(byte), { file: 'a.cedar', line: 3, column: '@why("为了😀测试") '.length + 1 })
})

test('every rule has an @id and a @why', () => {
  assert.deepEqual(faultsOf(`@id("a")@why("w")${ANY}`), [])
  assert.match(faultsOf(`\n  @why("w")${ANY}`).join(), /^a\.cedar:2:3: this rule has no @id — /)
  assert.match(faultsOf(`@id("a")\n${ANY}`).join(), /^a\.cedar:1:1: this rule has no @why — /)
  assert.match(faultsOf(`@id("a")@why("  ")${ANY}`).join(), /no @why/)
  assert.match(faultsOf(`@id("a")@why ${ANY}`).join(), /no @why/)
  assert.equal(faultsOf(ANY).length, 2)
})

test('an @id is a plain name, used once over all files, and not Molten’s own', () => {
  for (const id of ['A', 'a b', '1a', '#0', 'a\\u{62}', 'x'.repeat(65)]) {
    assert.match(faultsOf(`@id("${id}")@why("w")${ANY}`).join(), /this @id is not a name/, id)
  }
  const rule = `@id("a")@why("w")${ANY}`
  assert.match(faultsOf(rule, `// x\n${rule}`).join(), /^b\.cedar:2:1: the @id "a" is taken — .*a\.cedar:1$/)
  assert.match(faultsOf(`@id("within-grant")@why("w")${ANY}`).join(), /Molten’s own/)
})

test('rules without a usable @id are still told apart', () => {
  const rule = `@id("a")@why("w")${ANY}`
  const ids = read(rule + rule + ANY + rule).rules.map(({ id }) => id)
  assert.equal(new Set(ids).size, 4)
})

test('what follows the last semicolon is a rule too, unless it is white space or comments', () => {
  assert.equal(read(`@id("a")@why("w")${ANY}\n// end\n`).rules.length, 1)
  assert.equal(read(`@id("a")@why("w")${ANY}\nforbid (principal`).rules.length, 2)
  assert.equal(read('').rules.length, 0)
})
