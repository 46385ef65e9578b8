import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { reached, unknownPaths, type RuleJson } from '../../../supervisor/access/reach.ts'
import { policySchema } from '../../../supervisor/access/schema.ts'
import { github } from '../../support/policy.ts'

const { actions } = policySchema(['viewer'], [github])

function json(head: string, condition: string): RuleJson {
  const answer = policyToJson(`forbid (principal, ${head}, resource) when { ${condition} };`)
  assert.ok(answer.type === 'success')
  return answer.json
}

function reach(head: string): string[] {
  return reached(json(head, 'true'), actions.values()).map(({ uid }) => `${uid.type}/${uid.id}`)
}

test('a head reaches the actions it names, and those in the groups it names', () => {
  assert.deepEqual(reach('action == Command::Action::"github.list"'), ['Command::Action/github.list'])
  assert.deepEqual(reach('action in Effect::Action::"write"'), [
    'Effect::Action/write',
    'Command::Action/github.create-issue',
  ])
  assert.equal(reach('action in Plugin::Action::"github"').length, 3)
  assert.equal(reach('action in [Action::"freeze", Effect::Action::"read"]').length, 3)
  assert.equal(reach('action').length, actions.size)
})

test('unknown is what no action in reach has, however it is spelled', () => {
  const unknown = (head: string, condition: string) => {
    const rule = json(head, condition)
    return unknownPaths(rule, reached(rule, actions.values())).map((path) => path.join('.'))
  }
  const issue = 'action == Command::Action::"github.create-issue"'
  assert.deepEqual(unknown(issue, 'context.args has repo && context.args has count'), [])
  assert.deepEqual(unknown(issue, 'context.args has rep0'), ['args.rep0'])
  assert.deepEqual(unknown(issue, 'context has args.rep0'), ['args.rep0'])
  assert.deepEqual(unknown(issue, 'context["args"] has "rep0"'), ['args.rep0'])
  assert.deepEqual(unknown(issue, 'context has request'), ['request'])
  assert.deepEqual(unknown(issue, 'context.args.repo == "" || context.args.repo has x'), ['args.repo.x'])
  assert.deepEqual(unknown('action', 'context.args has repo'), [])
  assert.deepEqual(unknown('action in Effect::Action::"read"', 'context.args has repo'), ['args.repo'])
  assert.deepEqual(unknown('action', 'context.args has ratio'), ['args.ratio'], 'a fraction cannot be seen')
  assert.deepEqual(unknown('action', 'principal has x || resource has y'), [], 'only the context is looked at')
})
