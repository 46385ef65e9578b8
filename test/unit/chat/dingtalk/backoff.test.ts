import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBackoff } from '../../../../supervisor/chat/dingtalk/backoff.ts'

test('the ceiling doubles from a second to a minute and stays', () => {
  const backoff = createBackoff(() => 0.5)
  const waits = Array.from({ length: 9 }, backoff.next)
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
})

test('chance chooses the whole way below it', () => {
  assert.equal(createBackoff(() => 0).next(), 0)
  assert.equal(createBackoff(() => 0.25).next(), 250)
})

test('only a connection of thirty seconds clears the record', () => {
  const backoff = createBackoff(() => 0.5)
  backoff.next()
  backoff.next()
  backoff.lived(29_999)
  assert.equal(backoff.next(), 2000)
  backoff.lived(30_000)
  assert.equal(backoff.next(), 500)
})

test('a replacement comes at once, but not one after another', () => {
  const backoff = createBackoff(() => 0.5)
  assert.equal(backoff.replacement(), 0)
  assert.equal(backoff.replacement(), 1000)
  backoff.lived(30_000)
  assert.equal(backoff.replacement(), 0)
})

test('what only a person can mend is tried every one to two minutes', () => {
  assert.equal(createBackoff(() => 0).slow(), 60_000)
  assert.equal(createBackoff(() => 0.5).slow(), 90_000)
})
