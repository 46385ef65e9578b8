import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { describeFault } from '../../../supervisor/errors.ts'
import { parseRoles } from '../../../supervisor/access/roles.ts'
import { rolesFrom } from '../../support/policy.ts'

function faultsOf(text: string): string[] {
  const parsed = parseRoles(text, 'roles.yaml')
  return 'faults' in parsed ? parsed.faults.map(describeFault) : []
}

test('a person has the roles that name them, in the order of the file', () => {
  const roles = rolesFrom(`
roles:
  viewer: {people: ["dingtalk:zhang.san", "terminal:ci"]}
  member: {people: ["dingtalk:lisi"]}
  admin: {people: ["dingtalk:zhang.san"]}
`)
  assert.deepEqual(roles.names, ['viewer', 'member', 'admin'])
  assert.deepEqual(roles.rolesOf('dingtalk:zhang.san'), ['viewer', 'admin'])
  assert.deepEqual(roles.rolesOf('dingtalk:lisi'), ['member'])
  assert.deepEqual(roles.rolesOf('terminal:ci'), ['viewer'])
  assert.deepEqual(roles.rolesOf('dingtalk:ci'), [], 'the channel is part of who it is')
  assert.deepEqual(roles.rolesOf('dingtalk:ZHANG.SAN'), [], 'ids are case-sensitive')
})

test('terminal:* is every local user, and nobody else', () => {
  const roles = rolesFrom('roles: {operator: {people: ["terminal:*"]}, admin: {people: ["terminal:root"]}}')
  assert.deepEqual(roles.rolesOf('terminal:root'), ['operator', 'admin'])
  assert.deepEqual(roles.rolesOf('terminal:www-data'), ['operator'])
  for (const nobody of [
    'terminal:*',
    'terminal:',
    'terminal',
    'dingtalk:*',
    'dingtalk:root',
    '',
    'terminal:a\nb',
    'terminal:a b',
  ]) {
    assert.deepEqual(roles.rolesOf(nobody), [], JSON.stringify(nobody))
  }
})

test('whatever is not a role file is a fault with its place', async (t) => {
  const cases: [string, string, RegExp][] = [
    ['an unknown key', 'roles:\n  viewer: {persons: []}', /^roles\.yaml:2:12: unknown key `persons`/],
    ['an unknown key at the top', 'roles: {}\nrole: {}', /^roles\.yaml:2:1: unknown key `role`/],
    ['no roles', '{}', /lacks the key `roles`/],
    ['an empty file', '', /^roles\.yaml:1:1: /],
    ['broken YAML', 'roles: [', /^roles\.yaml:1:/],
    [
      'a name without a channel',
      'roles:\n  a:\n    people:\n      - zhangsan',
      /^roles\.yaml:4:9: .*is not a person — Write dingtalk:/,
    ],
    ['an unknown channel', 'roles: {a: {people: ["slack:x"]}}', /is not a person/],
    ['a pattern', 'roles: {a: {people: ["dingtalk:*"]}}', /is not a person/],
    ['a half pattern', 'roles: {a: {people: ["terminal:ro*"]}}', /is not a person/],
    ['a person with a space', 'roles: {a: {people: ["terminal:root "]}}', /is not a person/],
    ['a number for a person', 'roles: {a: {people: [123]}}', /must be text/],
    ['a role with capitals', 'roles: {Admin: {people: []}}', /is not a role’s name/],
    ['a role without a value', 'roles:\n  a:', /must be a mapping/],
  ]
  for (const [name, text, expected] of cases) {
    await t.test(name, () => {
      const faults = faultsOf(text)
      assert.equal(faults.length, 1, faults.join('\n'))
      assert.match(faults[0] ?? '', expected)
    })
  }
})

test('departments warn, at their place, because nothing looks them up', () => {
  const parsed = parseRoles(
    'roles:\n  viewer:\n    departments: [123, "456"]\n  member:\n    departments: []\n',
    'roles.yaml',
  )
  assert.ok('roles' in parsed)
  assert.equal(parsed.warnings.length, 1)
  assert.match(parsed.warnings.map(describeFault).join(), /^roles\.yaml:3:5: the departments of viewer/)
})

test('as shipped, only the person at the server’s own prompt has a role', () => {
  const text = readFileSync(new URL('../../../policies/roles.yaml', import.meta.url), 'utf8')
  const roles = rolesFrom(text)
  assert.deepEqual(roles.names, ['viewer', 'member', 'operator', 'admin'])
  assert.deepEqual(roles.rolesOf('terminal:anyone'), ['operator'])
  assert.deepEqual(roles.rolesOf('dingtalk:manager4220'), [])
})
