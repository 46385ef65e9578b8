import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createHeadKeeper } from '../../../supervisor/access/audit-head.ts'

const head = (seq: number) => ({ seq, hash: String(seq) })

test('one save at a time, and the newest head last', async () => {
  const saved: number[] = []
  const gates: (() => void)[] = []
  const save = ({ seq }: { seq: number }) => {
    saved.push(seq)
    return new Promise<void>((resolve) => gates.push(resolve))
  }
  const keeper = createHeadKeeper({ load: () => null, save }, () => {})
  keeper.keep(head(1))
  keeper.keep(head(2))
  await new Promise(setImmediate)
  assert.deepEqual(saved, [2])
  for (const seq of [3, 4, 5]) keeper.keep(head(seq))
  await new Promise(setImmediate)
  assert.deepEqual(saved, [2])
  gates.shift()?.()
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  assert.deepEqual(saved, [2, 5])
  gates.shift()?.()
  await keeper.settled(1000)
})

test('a save that never ends holds nobody longer than the deadline', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const keeper = createHeadKeeper({ load: () => null, save: () => new Promise(() => {}) }, () => {})
  keeper.keep(head(1))
  const settled = keeper.settled(5000)
  t.mock.timers.tick(5000)
  await settled
})

test('after a save that failed the next one is tried', async () => {
  const warnings: unknown[] = []
  const saved: number[] = []
  const save = ({ seq }: { seq: number }) => {
    if (seq === 1) throw new Error('down')
    saved.push(seq)
  }
  const keeper = createHeadKeeper({ load: () => null, save }, (what) => warnings.push(what))
  keeper.keep(head(1))
  await keeper.settled(1000)
  keeper.keep(head(2))
  await keeper.settled(1000)
  assert.deepEqual([warnings.length, saved], [1, [2]])
})
