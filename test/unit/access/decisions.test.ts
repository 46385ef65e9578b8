import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDecisions, type Answer } from '../../../supervisor/access/decisions.ts'
import type { Question } from '../../../supervisor/access/questions.ts'
import { policySchema } from '../../../supervisor/access/schema.ts'
import { conversation, fourRoles, github } from '../../support/policy.ts'

const roles = fourRoles()
const schema = policySchema(roles.names, [github])
const yes: Answer = { allowed: true, failed: false, rules: ['permits'] }
const no: Answer = { allowed: false, failed: false, rules: ['forbids'] }
const broken: Answer = { allowed: false, failed: true, rules: ['errs'] }

const list = {
  person: 'dingtalk:member',
  plugin: 'github',
  command: 'list',
  effect: 'read',
  args: {},
  tainted: false,
  conversation,
} as const

function asked(answer: (approvals: number) => Answer) {
  const tried: number[] = []
  const ask = ({ context }: Question): Answer => {
    tried.push(Number(context['approvals']))
    return answer(Number(context['approvals']))
  }
  return { tried, policy: createDecisions(ask, ask, schema, roles) }
}

test('an allowed command is asked about once', () => {
  const { tried, policy } = asked(() => yes)
  assert.deepEqual(policy.decide(list), { effect: 'allow', rules: ['permits'] })
  assert.deepEqual(tried, [0])
})

test('a denied command asks for the fewest approvals that would allow it', () => {
  for (const enough of [1, 2, 3]) {
    const { policy } = asked((approvals) => (approvals >= enough ? yes : no))
    assert.deepEqual(policy.decide(list), { effect: 'ask', approvals: enough, rules: ['forbids', 'permits'] })
  }
  const { tried, policy } = asked((approvals) => (approvals >= 4 ? yes : no))
  assert.deepEqual(policy.decide(list), { effect: 'deny', code: 'POLICY_DENIED', rules: ['forbids'] })
  assert.deepEqual(tried, [0, 1, 2, 3])
})

test('approvals that were given count', () => {
  const { policy } = asked((approvals) => (approvals >= 2 ? yes : no))
  assert.equal(policy.decide({ ...list, approvals: 2 }).effect, 'allow')
  assert.deepEqual(policy.decide({ ...list, approvals: 1 }), {
    effect: 'ask',
    approvals: 2,
    rules: ['forbids', 'permits'],
  })
})

test('an answer that failed is a no, now and with approvals', () => {
  assert.deepEqual(asked(() => broken).policy.decide(list), { effect: 'deny', code: 'POLICY_DENIED', rules: ['errs'] })
  const later = asked((approvals) => (approvals === 0 ? no : approvals === 1 ? broken : yes))
  assert.equal(later.policy.decide(list).effect, 'deny')
})

test('whoever has no role is refused before any rule is asked', () => {
  const { tried, policy } = asked(() => yes)
  for (const person of ['dingtalk:stranger', 'terminal:root', '', 'dingtalk:', 'member']) {
    assert.deepEqual(policy.decide({ ...list, person }), { effect: 'deny', code: 'NO_ROLE', rules: [] })
    assert.deepEqual(policy.may(person, 'freeze', { conversation }), { effect: 'deny', code: 'NO_ROLE', rules: [] })
  }
  assert.deepEqual(tried, [])
})

test('an engine that breaks is a no', () => {
  const ask = (): Answer => {
    throw new Error('unreachable')
  }
  const policy = createDecisions(ask, ask, schema, roles)
  const call = { plugin: 'github', capability: 'chat.send', request: { bytes: 1 }, person: 'dingtalk:member' }
  assert.equal(policy.decide(list).effect, 'deny')
  assert.deepEqual(policy.decideCall(call), { effect: 'deny', code: 'CALL_DENIED', rules: [] })
  assert.equal(policy.may('dingtalk:admin', 'freeze', { conversation }).effect, 'deny')
})

test('a question that cannot be put exactly is a no, without being asked', () => {
  const { tried, policy } = asked(() => yes)
  const issue = { ...list, command: 'create-issue', effect: 'write', args: { repo: 'a' } } as const
  assert.equal(policy.decide(issue).effect, 'allow')
  const misfits = [
    { ...issue, command: 'nothing' },
    { ...issue, plugin: 'nobody' },
    { ...issue, effect: 'read' as const },
    { ...issue, args: {} },
    { ...issue, args: null },
    { ...issue, args: { repo: 1 } },
    { ...issue, args: { repo: 'a', count: 2 ** 53 } },
    { ...issue, args: { repo: 'a', count: 1.5 } },
    { ...issue, args: { repo: 'x'.repeat(65_536) } },
    { ...issue, args: { repo: '\udc00' } },
    { ...issue, conversation: { ...conversation, id: '\udc00' } },
    { ...issue, approvals: 0.5 },
  ]
  for (const misfit of misfits) {
    assert.deepEqual(
      policy.decide(misfit),
      { effect: 'deny', code: 'POLICY_DENIED', rules: [] },
      JSON.stringify(misfit).slice(0, 200),
    )
  }
  const call = { plugin: 'github', capability: 'chat.send', request: { bytes: 1 }, person: 'dingtalk:member' }
  assert.equal(policy.decideCall(call).effect, 'allow')
  for (const misfit of [
    { ...call, capability: 'toString' },
    { ...call, request: {} },
    { ...call, request: null },
  ]) {
    assert.deepEqual(policy.decideCall(misfit), { effect: 'deny', code: 'CALL_DENIED', rules: [] })
  }
  assert.equal(tried.length, 2)
})
