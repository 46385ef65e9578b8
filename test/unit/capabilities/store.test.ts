import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Caller, RecordsPower } from '../../../supervisor/capabilities/capability.ts'
import { createStore } from '../../../supervisor/capabilities/store.ts'
import { powersWith } from '../../support/powers.ts'

const NOW = 1_800_000_000_000
const store = createStore(() => NOW)
const caller: Caller = { plugin: 'notes', turn: 't1', person: 'terminal:ann', signal: new AbortController().signal }

function recorder(answers: Partial<RecordsPower> = {}) {
  const calls: unknown[][] = []
  const { get, set, delete: remove, list } = answers
  const records: RecordsPower = {
    get: async (...args) => (calls.push(['get', ...args]), get?.(...args) ?? null),
    set: async (...args) => (calls.push(['set', ...args]), set?.(...args) ?? true),
    delete: async (...args) => (calls.push(['delete', ...args]), remove?.(...args) ?? true),
    list: async (...args) => (calls.push(['list', ...args]), list?.(...args) ?? []),
  }
  return { calls, records }
}

async function ask(request: unknown, records: RecordsPower, grant: unknown = {}): Promise<unknown> {
  const covered = store.covers(store.grant.parse(grant), store.request.parse(request))
  assert.ok('allowed' in covered)
  assert.equal(covered.effect, 'read')
  return store.reply.parse(await store.perform(covered.allowed, powersWith({ records }), caller))
}

test('every operation reaches the records of the calling plugin, and no other', async () => {
  const { calls, records } = recorder({ get: async () => '{"a":[1]}', list: async () => ['k1', 'k2'] })
  assert.deepEqual(await ask({ op: 'get', key: 'k' }, records), { value: { a: [1] } })
  assert.deepEqual(await ask({ op: 'set', key: 'k', value: { b: null } }, records), { ok: true })
  assert.deepEqual(await ask({ op: 'set', key: 'k', value: 0, ttl: 60 }, records, { quota: '2KiB' }), { ok: true })
  assert.deepEqual(await ask({ op: 'delete', key: 'k' }, records), { ok: true })
  assert.deepEqual(await ask({ op: 'list' }, records), { keys: ['k1', 'k2'] })
  assert.deepEqual(await ask({ op: 'list', prefix: 'k', limit: 1000 }, records), { keys: ['k1', 'k2'] })
  assert.deepEqual(calls, [
    ['get', 'notes', 'k'],
    ['set', 'notes', 'k', '{"b":null}', null, 1024 ** 2],
    ['set', 'notes', 'k', '0', NOW + 60_000, 2048],
    ['delete', 'notes', 'k'],
    ['list', 'notes', '', 1000],
    ['list', 'notes', 'k', 1000],
  ])
})

test('a key that is not there is null, or not deleted; a full store is a refusal', async () => {
  const { records } = recorder({ delete: async () => false, set: async () => false })
  assert.deepEqual(await ask({ op: 'get', key: 'k' }, records), { value: null })
  assert.deepEqual(await ask({ op: 'delete', key: 'k' }, records), { ok: false })
  await assert.rejects(ask({ op: 'set', key: 'k', value: 1 }, records), { code: 'STORE_QUOTA' })
})

test('keys, values and limits that do not parse', () => {
  const deep = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`) as unknown
  const bad = [
    { op: 'get', key: '' },
    { op: 'get', key: 'x'.repeat(257) },
    { op: 'get', key: 'a\nb' },
    { op: 'get', key: 'a\0' },
    { op: 'get', key: '\ud800' },
    { op: 'get', key: 'k', plugin: 'other' },
    { op: 'set', key: 'k' },
    { op: 'set', key: 'k', value: undefined },
    { op: 'set', key: 'k', value: 'x'.repeat(65_535) },
    { op: 'set', key: 'k', value: '天'.repeat(22_000) },
    { op: 'set', key: 'k', value: 1, ttl: 0 },
    { op: 'set', key: 'k', value: 1, ttl: 1.5 },
    { op: 'list', limit: 1001 },
    { op: 'list', prefix: 'a\u0085' },
    { op: 'clear' },
  ]
  for (const request of bad)
    assert.equal(store.request.safeParse(request).success, false, JSON.stringify(request).slice(0, 60))
  assert.ok(store.request.safeParse({ op: 'set', key: '天气:'.repeat(64), value: 'x'.repeat(65_534) }).success)
  assert.doesNotThrow(() => store.request.safeParse({ op: 'set', key: 'k', value: deep }))
})

test('the audit log keeps operation and key, of a value its size', () => {
  const redact = (request: unknown) => store.redact(store.request.parse(request))
  assert.deepEqual(redact({ op: 'set', key: 'k', value: 'hunter2' }), { op: 'set', key: 'k', valueBytes: 9 })
  assert.deepEqual(redact({ op: 'get', key: 'k' }), { op: 'get', key: 'k' })
})

test('a grant is a quota', () => {
  assert.deepEqual(store.grant.parse({}), { quota: 1024 ** 2 })
  assert.deepEqual(store.grant.parse({ quota: '64KiB' }), { quota: 65_536 })
  for (const bad of [{ quota: '64' }, { quota: 0 }, { quota: '1MB' }, { size: 1 }]) {
    assert.equal(store.grant.safeParse(bad).success, false, JSON.stringify(bad))
  }
})
