import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkParseSchema } from '@cedar-policy/cedar-wasm/nodejs'
import * as fc from 'fast-check'
import { policySchema, spellAction, withoutCommands } from '../../../supervisor/access/schema.ts'
import { command, github } from '../../support/policy.ts'

const attributes = (name: string, ...plugins: Parameters<typeof policySchema>[1]) => {
  const args = policySchema([], plugins).actions.get(name)?.context.attributes['args']
  return args?.type === 'Record' ? args.attributes : undefined
}

test('a command is in the groups of its plugin and of its effect', () => {
  const action = policySchema(['viewer'], [github]).actions.get('Command::Action::"github.create-issue"')
  assert.deepEqual(action?.parents, [
    { type: 'Plugin::Action', id: 'github' },
    { type: 'Effect::Action', id: 'write' },
  ])
  assert.equal(action?.effect, 'write')
})

test('arguments are typed, optional as declared, and absent where Cedar has no type', () => {
  assert.deepEqual(attributes('Command::Action::"github.create-issue"', github), {
    repo: { type: 'String', required: true },
    count: { type: 'Long', required: false },
  })
  assert.deepEqual(policySchema([], [github]).actions.get('Command::Action::"github.create-issue"')?.hidden, ['ratio'])
})

test('an approval sees the arguments of all commands, but for those they disagree on', () => {
  const text = { type: 'string' }
  const deploy = {
    name: 'deploy',
    commands: { start: command('write', { env: text, tag: text }), stop: command('write', { env: text }) },
  }
  const other = {
    name: 'other',
    commands: { a: command('read', { tag: { type: 'integer' } }), b: command('read', { tag: text }) },
  }
  assert.deepEqual(attributes('Action::"approve"', deploy, other), { env: { type: 'String', required: false } })
})

test('the schema is one that Cedar takes, whatever plugins and arguments are called', () => {
  const hostile = fc.constantFrom(
    '',
    'type',
    'constructor',
    'attributes',
    'a b',
    '"',
    '\\',
    'in',
    'Person',
    '中文',
    '\u0000',
    'args',
  )
  const property = fc.constantFrom(
    { type: 'string' },
    { type: 'integer' },
    { type: 'array', items: { type: 'string' } },
    { type: 'number' },
  )
  const plugin = fc.record({
    name: fc.constantFrom('read', 'http', 'args', 'action', 'plugin'),
    properties: fc.dictionary(fc.oneof(hostile, fc.string({ unit: 'binary' })), property),
  })
  fc.assert(
    fc.property(
      fc.uniqueArray(plugin, { selector: ({ name }) => name }),
      fc.subarray(['viewer', 'admin']),
      (plugins, roles) => {
        const commands = plugins.map(({ name, properties }) => ({
          name,
          commands: { read: command('read', properties) },
        }))
        const { json } = policySchema(roles, commands)
        assert.deepEqual(checkParseSchema(json), { type: 'success' })
        assert.deepEqual(checkParseSchema(withoutCommands(json)), { type: 'success' })
      },
    ),
    { numRuns: 50 },
  )
})

test('an action is spelled as a rule writes it', () => {
  assert.equal(spellAction({ type: 'Command::Action', id: 'a.b' }), 'Command::Action::"a.b"')
})
