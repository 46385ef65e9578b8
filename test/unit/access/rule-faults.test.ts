import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, faultsOf, github, rule } from '../../support/policy.ts'

const ISSUE = 'action == Command::Action::"github.create-issue"'
const forbid = (head: string, condition: string) =>
  rule('r', `forbid (principal, ${head}, resource) when { ${condition} };`)

test('what Cedar refuses is a fault with its place and a cure', async (t) => {
  // The condition begins at line 3, after `@id` and `@why`.
  const cases: [string, string, RegExp][] = [
    [
      'an unknown argument',
      forbid(ISSUE, 'context.args.rep0 == "x"'),
      /^test\.cedar:3:\d+: attribute `args\.rep0` .* not found — Did you mean `repo`\?$/,
    ],
    [
      'an argument that rules cannot see',
      forbid(ISSUE, 'context.args.ratio == 1'),
      /^test\.cedar:3:\d+: attribute `args\.ratio` .* — Give it one type that rules can see/,
    ],
    [
      'an argument that some commands lack',
      forbid('action in Effect::Action::"write"', 'context.args.repo == "x"'),
      /not found — Name in the rule’s head the command that has it, or test first/,
    ],
    [
      'an optional argument untested',
      forbid(ISSUE, 'context.args.count > 1'),
      /optional attribute `args\.count` .* — Try testing for the attribute's presence/,
    ],
    [
      'a test for an unknown argument',
      forbid(ISSUE, 'context.args has rep0 || context.tainted'),
      /^test\.cedar:3:\d+: nothing that this rule reaches has `context\.args\.rep0` — Correct the name/,
    ],
    [
      'a test for an argument that rules cannot see',
      forbid(ISSUE, 'context.args has ratio || context.tainted'),
      /has `context\.args\.ratio` — Give it one type/,
    ],
    [
      'a rule that can never apply',
      forbid(ISSUE, 'context.args has rep0'),
      /policy is impossible.* — Correct its head or its conditions/,
    ],
    [
      'a group taken for an action',
      forbid('action == Plugin::Action::"github"', 'true'),
      /policy is impossible.* — Correct its head/,
    ],
    [
      'a principal that never asks',
      rule('r', 'permit (principal is Plugin, action in Effect::Action::"read", resource);'),
      /policy is impossible/,
    ],
    ['another type', forbid(ISSUE, 'context.args.repo == 1'), /types Long and String are not compatible/],
    [
      'an unknown role',
      rule('r', 'permit (principal in Role::"vewer", action, resource);'),
      /^test\.cedar:3:\d+: .*"vewer".* — Valid entity eids: "viewer"/,
    ],
    [
      'an unknown command',
      forbid('action == Command::Action::"github.create-isue"', 'true'),
      /^test\.cedar:3:\d+: unrecognized action/,
    ],
    [
      'an unknown plugin',
      forbid('action in Plugin::Action::"gitlab"', 'true'),
      /^test\.cedar:3:\d+: unrecognized action/,
    ],
    [
      'an unknown effect',
      forbid('action in Effect::Action::"erase"', 'true'),
      /^test\.cedar:3:\d+: unrecognized action/,
    ],
    ['an unknown capability', forbid('action == Capability::Action::"ftp.fetch"', 'true'), /unrecognized action/],
    [
      'an unknown part of a call',
      forbid('action == Capability::Action::"http.fetch"', 'context.request.host == ""'),
      /`request\.host`.* not found/,
    ],
    ['an attribute that people lack', forbid('action', 'principal.name == ""'), /`name`/],
    [
      'a slot',
      rule('r', 'permit (principal == ?principal, action, resource);'),
      /^test\.cedar:3:\d+: expected a static policy/,
    ],
    [
      'broken syntax',
      rule('r', 'permit (principal, action, resource) when { 1 < };'),
      /^test\.cedar:3:\d+: unexpected token `}` — Expected /,
    ],
    [
      'an unended rule',
      rule('r', 'permit (principal, action, resource)'),
      /^test\.cedar:\d+:\d+: unexpected end of input/,
    ],
    ['an unended string', rule('r', 'permit (principal, action, resource) when { "x };'), /^test\.cedar:3:/],
  ]
  for (const [name, text, expected] of cases) {
    await t.test(name, () => {
      const faults = faultsOf(text)
      assert.equal(faults.length, 1, faults.join('\n'))
      assert.match(faults[0] ?? '', expected)
    })
  }
})

test('the place is that of the very word, after any script and in any line', () => {
  const text = `// 说明;\n${rule('a', 'permit (principal in Role::"admin", action, resource);')}\n@id("b") @why("写给大家😀") forbid (principal, action in Effect::Action::"read", resource)\nwhen { resource.kind == "😀文" && context.args.x };`
  const column = 'when { resource.kind == "😀文" && '.length + 1
  assert.deepEqual(
    faultsOf(text).map((fault) => fault.split(': ')[0]),
    [`test.cedar:7:${column}`],
  )
})

test('all faults are told at once, those of broken rules and those of readable ones', () => {
  const text = [
    'permit (principal, action, resource);',
    rule('broken', 'permit (principal, action);'),
    forbid(ISSUE, 'context.args.rep0 == "x"'),
    rule('typo', 'permit (principal in Role::"vewer", action, resource);'),
  ].join('\n')
  const faults = faultsOf(text)
  for (const expected of [/no @id/, /no @why/, /policy scopes must contain/i, /rep0/, /vewer/]) {
    assert.equal(faults.filter((fault) => expected.test(fault)).length, 1, String(expected))
  }
})

test('a rule without faults has none, whatever the script of its text', () => {
  assert.deepEqual(faultsOf(forbid(ISSUE, 'context.args.repo == "a中б"')), [])
  assert.deepEqual(
    faultsOf(forbid('action', 'context has args && context.args has repo && context.args.repo == "x"')),
    [],
  )
})

test('a rule over a plugin without commands can never apply', () => {
  const faults = faultsOf(forbid('action in Plugin::Action::"empty"', 'true'), [{ name: 'empty', commands: {} }])
  assert.equal(faults.length, 1)
})

test('an argument whose type differs between commands cannot be named in approvals', () => {
  const other = { name: 'other', commands: { tag: command('write', { repo: { type: 'integer' } }) } }
  const text = forbid('action == Action::"approve"', 'context.args has repo && context.args.repo == "x"')
  assert.deepEqual(faultsOf(text, [github]), [])
  assert.equal(faultsOf(text, [github, other]).length, 1)
})
