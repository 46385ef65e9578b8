import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { describeFault } from '../../../supervisor/errors.ts'
import type { Effect } from '../../../supervisor/capabilities/capability.ts'
import { loadPolicy } from '../../../supervisor/access/policy.ts'
import { command, conversation, faultsOf, fourRoles, github, policyOf, rolesFrom, rule } from '../../support/policy.ts'

const folder = new URL('../../../policies/', import.meta.url)
const shippedFiles = readdirSync(folder)
  .filter((name) => name.endsWith('.cedar'))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))

function shipped(plugins = [github], roles = fourRoles()) {
  const loaded = loadPolicy({ files: shippedFiles, roles, plugins })
  if ('faults' in loaded) throw new Error(loaded.faults.map(describeFault).join('\n'))
  return loaded.policy
}

const commands: Record<Effect, { command: string; args: object }> = {
  read: { command: 'list', args: {} },
  write: { command: 'create-issue', args: { repo: 'acme/docs' } },
  destroy: { command: 'delete-repo', args: { repo: 'acme/docs' } },
}
const ask = (role: string, effect: Effect, tainted = false) =>
  ({ person: `dingtalk:${role}`, plugin: 'github', effect, tainted, conversation, ...commands[effect] }) as const

const word = (decision: { effect: string; approvals?: number }) => `${decision.effect}${decision.approvals ?? ''}`

test('the shipped rules, each role against each effect, untainted and tainted', () => {
  const policy = shipped()
  const table: Record<string, [string, string, string]> = {
    viewer: ['allow', 'deny', 'deny'],
    member: ['allow', 'allow', 'deny'],
    operator: ['allow', 'allow', 'ask1'],
    admin: ['allow', 'allow', 'ask1'],
  }
  for (const [role, [read, write, destroy]] of Object.entries(table)) {
    const answers = (tainted: boolean) =>
      (['read', 'write', 'destroy'] as const).map((effect) => word(policy.decide(ask(role, effect, tainted))))
    assert.deepEqual(answers(false), [read, write, destroy], role)
    assert.deepEqual(answers(true), [read, write === 'allow' ? 'ask1' : write, destroy], `${role}, tainted`)
  }
})

test('the shipped rules name themselves in what they decide', () => {
  const policy = shipped()
  assert.deepEqual(policy.decide(ask('viewer', 'read')), { effect: 'allow', rules: ['viewer-read'] })
  assert.deepEqual(policy.decide(ask('viewer', 'write')), { effect: 'deny', code: 'POLICY_DENIED', rules: [] })
  assert.deepEqual(policy.decide(ask('operator', 'destroy')), {
    effect: 'ask',
    approvals: 1,
    rules: ['operator-destroy-approved'],
  })
  const tainted = policy.decide(ask('member', 'write', true))
  assert.deepEqual(tainted, { effect: 'ask', approvals: 1, rules: ['tainted-needs-approval', 'member-read-write'] })
  assert.deepEqual(policy.decide(ask('stranger', 'read')), { effect: 'deny', code: 'NO_ROLE', rules: [] })
})

test('of the shipped roles only the admin has the powers beside commands', () => {
  const policy = shipped()
  const { person: requester, ...asked } = ask('operator', 'destroy', true)
  for (const role of ['viewer', 'member', 'operator', 'admin']) {
    const person = `dingtalk:${role}`
    const answers = [
      policy.may(person, 'approve', { ...asked, requester }),
      policy.may(person, 'freeze', { conversation }),
      policy.may(person, 'impersonate', { conversation, as: requester }),
    ]
    for (const { effect } of answers) assert.equal(effect, role === 'admin' ? 'allow' : 'deny', role)
  }
})

test('the shipped rules load with any plugins or none, and by the shipped roles', () => {
  shipped([])
  shipped([{ name: 'read', commands: { read: command('destroy', { read: { type: 'boolean' } }) } }])
  const roles = rolesFrom(readFileSync(new URL('roles.yaml', folder), 'utf8'))
  const policy = shipped([github], roles)
  assert.equal(policy.decide({ ...ask('', 'write'), person: 'terminal:dev' }).effect, 'allow')
})

test('with no rules at all nothing is allowed but calls within a grant', () => {
  const policy = policyOf('')
  for (const effect of ['read', 'write', 'destroy'] as const)
    assert.equal(policy.decide(ask('admin', effect)).effect, 'deny')
  assert.equal(policy.may('dingtalk:admin', 'freeze', { conversation }).effect, 'deny')
  const call = { plugin: 'github', capability: 'chat.send', request: { bytes: 1 }, person: 'dingtalk:viewer' }
  assert.deepEqual(policy.decideCall(call), { effect: 'allow', rules: ['within-grant'] })
})

const EVERYTHING = rule('everything', 'permit (principal, action, resource);')

test('a rule that errs denies, though Cedar skips it', () => {
  // No product with 0 or 1 leaves Cedar's Long; one with 2 does.
  const overflow = '(context.args has count && context.args.count * 9223372036854775807 < 0)'
  const head = 'principal, action == Command::Action::"github.create-issue", resource'
  for (const effect of ['permit', 'forbid']) {
    const policy = policyOf(EVERYTHING + rule('overflows', `${effect} (${head}) when { ${overflow} };`))
    const decide = (count: number) => policy.decide({ ...ask('member', 'write'), args: { repo: 'a', count } })
    assert.equal(decide(1).effect, 'allow')
    assert.deepEqual(decide(2), { effect: 'deny', code: 'POLICY_DENIED', rules: ['overflows'] })
  }
})

test('an argument decides, in both directions', () => {
  const policy = policyOf(
    EVERYTHING +
      rule(
        'docs-only',
        'forbid (principal in Role::"member", action == Command::Action::"github.create-issue", resource) unless { context.args.repo == "acme/docs" };',
      ) +
      rule(
        'not-secret',
        'forbid (principal, action in Effect::Action::"destroy", resource) when { context.args has repo && context.args.repo like "*/secret" };',
      ),
  )
  const write = (role: string, repo: string) => policy.decide({ ...ask(role, 'write'), args: { repo } })
  assert.equal(write('member', 'acme/docs').effect, 'allow')
  assert.deepEqual(write('member', 'acme/code'), { effect: 'deny', code: 'POLICY_DENIED', rules: ['docs-only'] })
  assert.equal(write('admin', 'acme/code').effect, 'allow')
  assert.equal(policy.decide(ask('member', 'destroy')).effect, 'allow')
  assert.equal(policy.decide({ ...ask('member', 'destroy'), args: { repo: 'acme/secret' } }).effect, 'deny')
})

test('two approvals, and the conversation', () => {
  const policy = policyOf(
    rule('two', 'permit (principal, action in Effect::Action::"destroy", resource) when { context.approvals >= 2 };') +
      rule('four', 'permit (principal, action in Effect::Action::"write", resource) when { context.approvals >= 4 };') +
      rule('groups', 'forbid (principal, action, resource is Conversation) when { resource.kind == "group" };'),
  )
  assert.equal(word(policy.decide(ask('member', 'destroy'))), 'ask2')
  assert.equal(word(policy.decide({ ...ask('member', 'destroy'), approvals: 2 })), 'allow')
  assert.equal(word(policy.decide(ask('member', 'write'))), 'deny', 'more than three approvals cannot be had')
  const group = { ...conversation, kind: 'group' } as const
  assert.deepEqual(policy.decide({ ...ask('member', 'destroy'), conversation: group }), {
    effect: 'deny',
    code: 'POLICY_DENIED',
    rules: ['groups'],
  })
})

test('an approval sees who asked for what', () => {
  const policy = policyOf(
    EVERYTHING +
      rule(
        'not-own',
        'forbid (principal, action == Action::"approve", resource) when { principal == context.requester };',
      ) +
      rule(
        'not-for-viewers',
        'forbid (principal, action == Action::"approve", resource) when { context.requester in Role::"viewer" };',
      ) +
      rule(
        'not-secret',
        'forbid (principal, action == Action::"approve", resource) when { context.plugin == "github" && context.command == "delete-repo" && context.args has repo && context.args.repo == "secret" };',
      ),
  )
  const { person: requester, ...asked } = ask('member', 'destroy')
  const may = (person: string, change = {}) => policy.may(person, 'approve', { ...asked, requester, ...change })
  assert.equal(may('dingtalk:admin').effect, 'allow')
  assert.deepEqual(may('dingtalk:member'), { effect: 'deny', code: 'POLICY_DENIED', rules: ['not-own'] })
  assert.equal(may('dingtalk:admin', { requester: 'dingtalk:viewer' }).effect, 'deny')
  assert.equal(may('dingtalk:admin', { args: { repo: 'secret' } }).effect, 'deny')
  assert.equal(may('dingtalk:admin', { args: { repo: 1 } }).effect, 'deny', 'arguments that do not fit')
  assert.equal(may('dingtalk:admin', { command: 'nothing' }).effect, 'deny', 'an unknown command')
  assert.equal(may('dingtalk:admin', { effect: 'read' }).effect, 'deny', 'another effect than the command’s')
})

test('speaking for another sees for whom', () => {
  const policy = policyOf(
    rule(
      'viewers',
      'permit (principal in Role::"operator", action == Action::"impersonate", resource) when { context.as in Role::"viewer" };',
    ),
  )
  const may = (as: string) => policy.may('dingtalk:operator', 'impersonate', { conversation, as }).effect
  assert.equal(may('dingtalk:viewer'), 'allow')
  assert.equal(may('dingtalk:admin'), 'deny')
})

test('a call is allowed until a rule forbids it, by plugin, request or person', () => {
  const policy = policyOf(
    rule(
      'only-get',
      'forbid (principal == Plugin::"github", action == Capability::Action::"http.fetch", resource) when { context.request.method != "GET" };',
    ) +
      rule(
        'not-viewers',
        'forbid (principal, action == Capability::Action::"store", resource) when { context.person in Role::"viewer" && context.request.op == "set" };',
      ),
  )
  const request = { method: 'GET', origin: 'https://api.github.com', path: '/', query: [], headers: [], bodyBytes: 0 }
  const fetch = { plugin: 'github', capability: 'http.fetch', request, person: 'dingtalk:member' }
  const post = { ...fetch, request: { ...request, method: 'POST' } }
  assert.equal(policy.decideCall(fetch).effect, 'allow')
  assert.deepEqual(policy.decideCall(post), { effect: 'deny', code: 'CALL_DENIED', rules: ['only-get'] })
  assert.equal(policy.decideCall({ ...post, plugin: 'gitlab' }).effect, 'allow')
  const set = {
    plugin: 'github',
    capability: 'store',
    request: { op: 'set', key: 'k', valueBytes: 1 },
    person: 'dingtalk:member',
  }
  assert.equal(policy.decideCall(set).effect, 'allow')
  assert.equal(policy.decideCall({ ...set, person: 'dingtalk:viewer' }).effect, 'deny')
  assert.equal(
    policy.decideCall({ ...set, request: { op: 'get', key: 'k' }, person: 'dingtalk:viewer' }).effect,
    'allow',
  )
})

test('a plugin may be called like an effect, a capability or a type: nothing collides', () => {
  const names = ['read', 'write', 'http', 'http-fetch', 'store', 'plugin', 'person', 'action', 'approve', 'freeze']
  const plugins = names.map((name) => ({
    name,
    commands: { read: command('destroy'), fetch: command('read'), freeze: command('write') },
  }))
  const policy = policyOf(rule('reads', 'permit (principal, action in Effect::Action::"read", resource);'), plugins)
  for (const plugin of names) {
    const about = { person: 'dingtalk:member', plugin, args: {}, tainted: false, conversation }
    assert.equal(policy.decide({ ...about, command: 'fetch', effect: 'read' }).effect, 'allow')
    assert.equal(
      policy.decide({ ...about, command: 'read', effect: 'destroy' }).effect,
      'deny',
      `${plugin}.read destroys`,
    )
  }
  assert.equal(policy.may('dingtalk:member', 'freeze', { conversation }).effect, 'deny')
})

test('policies live beside each other: a newer one changes nothing for those who hold the older', () => {
  const open = policyOf(EVERYTHING)
  const closed = policyOf(EVERYTHING + rule('nothing', 'forbid (principal, action, resource);'))
  assert.equal(open.decide(ask('member', 'write')).effect, 'allow')
  assert.equal(closed.decide(ask('member', 'write')).effect, 'deny')
})

test('no arguments whatever make a decision throw, or open what a rule closes', () => {
  const all = {
    'a?': { type: 'string' },
    'b?': { type: 'integer' },
    'c?': { type: 'array', items: { type: 'boolean' } },
  }
  const plugin = { name: 'p', commands: { w: command('write', all) } }
  const permitted = policyOf(EVERYTHING, [plugin])
  const forbidden = policyOf(
    EVERYTHING + rule('shut', 'forbid (principal, action in Effect::Action::"write", resource);'),
    [plugin],
  )
  const unpermitted = policyOf(rule('reads', 'permit (principal, action in Effect::Action::"read", resource);'), [
    plugin,
  ])
  const key = fc.constantFrom('a', 'b', 'c', '__entity', '__extn', '__proto__', 'type', 'id', 'fn', 'arg')
  const args = fc.oneof(
    fc.anything({ key, withBigInt: true, withDate: true, withSet: true }),
    fc.record({ a: fc.string({ unit: 'binary' }), b: fc.maxSafeInteger(), c: fc.array(fc.boolean()) }),
  )
  let allowed = 0
  fc.assert(
    fc.property(args, (value) => {
      const question = {
        person: 'dingtalk:admin',
        plugin: 'p',
        command: 'w',
        effect: 'write',
        args: value,
        tainted: false,
        conversation,
      } as const
      if (permitted.decide(question).effect === 'allow') allowed++
      assert.equal(forbidden.decide(question).effect, 'deny')
      assert.equal(unpermitted.decide(question).effect, 'deny')
    }),
    { numRuns: 150 },
  )
  assert.ok(allowed > 0, 'the neighbour that fits is allowed')
})

test('a set of rules with one fault is no policy', () => {
  const loaded = loadPolicy({
    files: [{ name: 'a.cedar', text: `${EVERYTHING}permit (principal, action, resource);` }],
    roles: fourRoles(),
    plugins: [],
  })
  assert.ok('faults' in loaded && !('policy' in loaded))
})

test('the examples of the policies’ README load', () => {
  const readme = readFileSync(new URL('README.md', folder), 'utf8')
  const examples = [...readme.matchAll(/^```cedar\n([^]*?)^```$/gm)].map(([, text]) => text)
  assert.ok(examples.length >= 5)
  const deploy = { name: 'deploy', commands: { start: command('write', { env: { enum: ['test', 'production'] } }) } }
  assert.deepEqual(faultsOf(examples.join('\n'), [github, deploy]), [])
})

test('might: rules over arguments are undecided, everything else decides', () => {
  const policy = policyOf(
    [
      rule('read', 'permit (principal in Role::"viewer", action in Effect::Action::"read", resource);'),
      rule(
        'docs',
        'permit (principal in Role::"member", action == Command::Action::"github.create-issue", resource) when { context.args.repo == "acme/docs" };',
      ),
      rule(
        'never',
        'forbid (principal, action == Command::Action::"github.create-issue", resource) when { context.args.repo == "acme/app" };',
      ),
    ].join('\n'),
  )
  const about = { plugin: 'github', tainted: false, conversation }
  const write = { ...about, command: 'create-issue', effect: 'write' } as const
  assert.equal(policy.might({ ...write, person: 'dingtalk:member' }), true)
  assert.equal(policy.might({ ...write, person: 'dingtalk:viewer' }), false)
  assert.equal(policy.might({ ...about, command: 'list', effect: 'read', person: 'dingtalk:viewer' }), true)
  assert.equal(policy.might({ ...about, command: 'list', effect: 'read', person: 'dingtalk:nobody' }), false)
  // What might be is not what is.
  assert.equal(policy.decide({ ...write, person: 'dingtalk:member', args: { repo: 'acme/app' } }).effect, 'deny')
})

test('might: a command that needs approvals is one that a person might run', () => {
  assert.equal(shipped().might(ask('operator', 'destroy')), true)
  assert.equal(shipped().might(ask('viewer', 'write')), false)
})
