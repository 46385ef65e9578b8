// The store's promises, on the real database: durable and unique, one step or none, encrypted, one owner.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Message } from '../../../supervisor/chat/message.ts'
import { openSqlite } from '../../../supervisor/io/sqlite.ts'

const KEY = Buffer.alloc(32, 7)

function place(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'store-'))
  t.after(() => rmSync(folder, { recursive: true }))
  let now = 1_000
  const file = join(folder, 'molten.db')
  return { file, open: (key = KEY) => openSqlite(file, key, () => now), at: (ms: number) => (now = ms) }
}

const message = (key: string): Message => ({
  key,
  channel: 'terminal',
  person: 'terminal:a',
  conversation: 'c',
  kind: 'single',
  text: 'needle in the text',
  type: 'text',
  sent: 1,
  address: { channel: 'terminal', session: 's' },
})

test('a message is accepted once, also when both come at the same time, and survives', async (t) => {
  const { open } = place(t)
  const store = open()
  assert.deepEqual(await Promise.all([store.accept('t1', message('k')), store.accept('t2', message('k'))]), [
    'new',
    'duplicate',
  ])
  await store.begin('t1', 'notes add', 'write')
  await store.close()
  const again = open()
  assert.deepEqual(again.waiting(), [
    { turn: 't1', message: message('k'), begun: { command: 'notes add', effect: 'write' } },
  ])
  assert.equal(await again.accept('t3', message('k')), 'duplicate')
  await again.close()
})

test('answered and owed in one step, once; delivered is forgotten, the key is not', async (t) => {
  const { open } = place(t)
  const store = open()
  await store.accept('t', message('k'))
  const owed = await store.finish('t', { text: 'hi' })
  assert.equal(await store.finish('t', { text: 'again' }), null)
  assert.deepEqual(store.waiting(), [])
  assert.deepEqual(store.owed(), [{ id: owed, turn: 't', message: message('k'), reply: { text: 'hi' }, tries: 0 }])
  await store.undelivered(owed ?? 0)
  assert.equal(store.owed()[0]?.tries, 1)
  await store.delivered(owed ?? 0, 't')
  assert.deepEqual(store.owed(), [])
  assert.equal(await store.accept('t2', message('k')), 'duplicate')
  await store.close()
})

test('records: a plugin’s own, within quota, until they expire', async (t) => {
  const { open, at } = place(t)
  const { records, close, prune } = open()
  assert.equal(await records.set('a', 'k', 'value', 2_000, 10), true)
  assert.equal(await records.set('a', 'k', 'longer', null, 6), false)
  assert.equal(await records.get('a', 'k'), 'value')
  assert.equal(await records.get('b', 'k'), null)
  assert.equal(await records.set('a', 'other', '12345', null, 10), false)
  assert.deepEqual(await records.list('a', '', 10), ['k'])
  at(2_000)
  assert.equal(await records.get('a', 'k'), null)
  assert.deepEqual(await records.list('a', '', 10), [])
  assert.equal(await records.delete('a', 'k'), false)
  assert.equal(await records.set('a', 'other', '12345', null, 10), true)
  await prune(0)
  assert.deepEqual(await records.list('a', 'oth', 10), ['other'])
  assert.deepEqual(await records.list('a', '%', 10), [])
  await close()
})

test('one that throws fails alone; its neighbours in the same transaction stand', async (t) => {
  const { open } = place(t)
  const store = open()
  const [first, second, third] = await Promise.allSettled([
    store.accept('t1', message('k1')),
    store.begin('t2', 'no such turn', 'write'),
    store.accept('t3', message('k3')),
  ])
  assert.deepEqual([first?.status, second?.status, third?.status], ['fulfilled', 'rejected', 'fulfilled'])
  assert.deepEqual(
    store.waiting().map(({ turn }) => turn),
    ['t1', 't3'],
  )
  await store.close()
})

test('nothing of it can be read without the key, and a wrong key opens nothing', async (t) => {
  const { file, open } = place(t)
  const store = open()
  await store.accept('t', message('k'))
  await store.close()
  const bytes = readFileSync(file)
  assert.ok(!bytes.includes('needle') && !bytes.includes('SQLite format'))
  assert.throws(() => open(Buffer.alloc(32, 8)), /not a database/)
})

test('a second owner is refused', async (t) => {
  const { open } = place(t)
  const store = open()
  assert.throws(() => open(), /locked/)
  await store.close()
})

test('the head is the last one saved', async (t) => {
  const { open } = place(t)
  const store = open()
  assert.equal(store.head(), null)
  await store.saveHead({ seq: 1, hash: 'a' })
  await store.saveHead({ seq: 2, hash: 'b' })
  assert.deepEqual(store.head(), { seq: 2, hash: 'b' })
  await store.close()
})
