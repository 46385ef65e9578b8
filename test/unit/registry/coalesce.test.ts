import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coalesce } from '../../../supervisor/registry/coalesce.ts'

test('one run at a time; who asks during a run shares the next', async () => {
  const runs: PromiseWithResolvers<number>[] = []
  const ask = coalesce(() => {
    const run = Promise.withResolvers<number>()
    runs.push(run)
    return run.promise
  })
  const first = [ask(), ask()]
  await Promise.resolve()
  const second = [ask(), ask(), ask()]
  await Promise.resolve()
  assert.equal(runs.length, 1)
  runs[0]?.resolve(1)
  assert.deepEqual(await Promise.all(first), [1, 1])
  while (runs.length < 2) await Promise.resolve()
  runs[1]?.resolve(2)
  assert.deepEqual(await Promise.all(second), [2, 2, 2])
  assert.equal(runs.length, 2)
})

test('a run that fails does not stop the next', async () => {
  let count = 0
  const ask = coalesce(async () => {
    count += 1
    if (count === 1) throw new Error('first')
    return count
  })
  await assert.rejects(ask(), /first/)
  assert.equal(await ask(), 2)
})
