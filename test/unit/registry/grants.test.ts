import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { renderGrant, withGrant, withoutGrant, writeGrants } from '../../../supervisor/registry/grant-text.ts'
import { digest } from '../../../supervisor/registry/digest.ts'
import { grantState, readGrants, type Grants } from '../../../supervisor/registry/grants.ts'
import type { Plugin } from '../../../supervisor/registry/plugin.ts'
import { fakePlugin } from '../../support/fake-plugin.ts'

const READ = { hosts: ['a.example'], methods: ['GET'] }
const WRITE = { hosts: ['a.example'], methods: ['POST'] }
const AT = '2026-01-31T10:00:00.000Z'

function plugin(capabilities: Record<string, unknown>, more: Partial<Plugin> = {}): Plugin {
  return fakePlugin(
    'weather',
    {},
    { capabilities, capabilitiesDigest: digest(capabilities), digest: 'c'.repeat(64), ...more },
  )
}

const granted = (capabilities: Record<string, unknown>) => withGrant({}, plugin(capabilities), 'terminal:root', AT)

test('who asks for nothing needs no grant, who asks for something does', () => {
  assert.equal(grantState(plugin({}), {}, false), 'ready')
  assert.equal(grantState(plugin({ store: {} }), {}, false), 'awaiting-grant')
  assert.equal(grantState(plugin({ store: {} }), granted({ store: {} }), false), 'ready')
})

test('more than the grant waits, less does not', () => {
  const grants = granted({ 'http.fetch': [READ, WRITE], store: { quota: 1 } })
  const state = (capabilities: Record<string, unknown>) => grantState(plugin(capabilities), grants, false)
  assert.equal(state({ 'http.fetch': [READ, WRITE] }), 'ready')
  assert.equal(state({ 'http.fetch': [READ], store: { quota: 1 } }), 'ready')
  assert.equal(state({ 'http.fetch': [READ, WRITE, READ] }), 'awaiting-grant')
  assert.equal(state({ store: { quota: 2 } }), 'awaiting-grant')
  assert.equal(state({ 'chat.send': {} }), 'awaiting-grant')
  // Without READ before it, WRITE could decide what READ decided.
  assert.equal(state({ 'http.fetch': [WRITE] }), 'awaiting-grant')
  assert.equal(state({ 'http.fetch': [WRITE, READ] }), 'awaiting-grant')
})

test('under strict, every plugin needs a grant of exactly its code', () => {
  const grants = granted({ store: {} })
  assert.equal(grantState(plugin({}), {}, true), 'awaiting-grant')
  assert.equal(grantState(plugin({ store: {} }), grants, true), 'ready')
  assert.equal(grantState(plugin({ store: {} }, { digest: 'd'.repeat(64) }), grants, true), 'awaiting-grant')
})

test('a plugin whose name every object has is not granted by it', () => {
  for (const name of ['constructor', 'valueof', 'toString']) {
    assert.equal(grantState(plugin({ store: {} }, { name }), {}, false), 'awaiting-grant')
  }
})

test('what is written reads back, whatever a plugin wrote', () => {
  const nasty = '\u202e\u2028\u0085\u{e0041}"\\\n# x: y\ud800'
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (capabilities) => {
      // Keys that no YAML of ours may have cannot come from a manifest either.
      fc.pre(!/"(__proto__|<<)":/.test(JSON.stringify(capabilities)))
      const grants = granted({ ...capabilities, nasty })
      const read = readGrants(writeGrants(grants), 'grants.yaml')
      assert.ok('value' in read)
      assert.deepEqual(JSON.parse(JSON.stringify(read.value.grants)), JSON.parse(JSON.stringify(grants)))
    }),
  )
  assert.match(writeGrants({}), /^grants: \{\}$/m)
})

test('a grant that was widened by hand is refused at its line', () => {
  const text = writeGrants(granted({ 'http.fetch': [READ] })).replace('a.example', '*.example')
  const read = readGrants(text, 'grants.yaml')
  assert.ok('faults' in read)
  assert.equal(read.faults[0]?.line, text.split('\n').findIndex((line) => line.includes('asked:')) + 1)
  assert.match(read.faults[0]?.what ?? '', /changed by hand/)
})

test('revoking leaves the others', () => {
  const two: Grants = { ...granted({ store: {} }), other: { ...granted({})['weather']! } }
  assert.deepEqual(Object.keys(withoutGrant(two, 'weather')), ['other'])
})

test('what is new is marked, what is gone too, and code that changed', () => {
  const before = granted({ 'http.fetch': [READ], store: {} })['weather']
  const text = renderGrant(plugin({ 'http.fetch': [READ, WRITE] }, { digest: 'd'.repeat(64) }), before)
  assert.deepEqual(
    text
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 30).trimEnd()),
    [
      '  = http.fetch {"hosts":["a.ex',
      '  + http.fetch {"hosts":["a.ex',
      '  - store {}',
      '  + code sha256:dddddddddddddd',
    ],
  )
})

test('another order is news, because the first entry that covers counts', () => {
  const before = granted({ 'http.fetch': [READ, WRITE] })['weather']
  assert.match(renderGrant(plugin({ 'http.fetch': [WRITE, READ] }), before), /\+ another order/)
  assert.doesNotMatch(renderGrant(plugin({ 'http.fetch': [READ, WRITE] }), before), /\+/)
})

test('a description cannot redraw the picture', () => {
  const text = renderGrant(plugin({}, { description: 'x\u001b[2K\u202e\nweather: nothing' }), undefined)
  assert.doesNotMatch(text.split('\n')[0] ?? '', /[\p{Cc}\p{Cf}]/u)
  assert.equal(text.split('\n').length, 3)
})
