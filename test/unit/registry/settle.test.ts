import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Candidate, Draft } from '../../../supervisor/registry/read-plugin.ts'
import { settle } from '../../../supervisor/registry/settle.ts'
import { fakePlugin } from '../../support/fake-plugin.ts'

/** `file:name` pairs; a file without a name has a fault. */
function candidates(...pairs: readonly string[]): Candidate[] {
  return pairs.map((pair) => {
    const [file = '', name] = pair.split(':')
    const place = { file, line: 2, column: 7 }
    if (name === undefined) return { file, place, draft: null, faults: [{ ...place, what: 'broken', cure: '' }] }
    return { file, place, draft: draft(file, name), faults: [] }
  })
}

function draft(file: string, name: string): Draft {
  return fakePlugin(name, {}, { file })
}

function run(before: readonly string[], now: readonly string[], lost: readonly string[] = []) {
  const drafts = candidates(...before).flatMap((one) => one.draft ?? [])
  const result = settle(candidates(...now), new Map(drafts.map((one) => [one.name, one])), (file) =>
    lost.includes(file),
  )
  return {
    loaded: [...result.plugins.values()].map(({ file, name }) => `${file}:${name}`).sort(),
    faults: result.faults.map(({ file }) => file).sort(),
  }
}

test('at start two files of one name are both at fault, and neither loads', () => {
  assert.deepEqual(run([], ['a:x', 'b:x', 'c:y']), { loaded: ['c:y'], faults: ['a', 'b'] })
})

test('later the newcomer is at fault, and what was loaded goes on', () => {
  assert.deepEqual(run(['a:x'], ['a:x', 'b:x']), { loaded: ['a:x'], faults: ['b'] })
  assert.deepEqual(run(['b:x'], ['a:x', 'b:x', 'c:x']), { loaded: ['b:x'], faults: ['a', 'c'] })
})

test('a file with a fault keeps what it gave, its name included', () => {
  assert.deepEqual(run(['a:x'], ['a']), { loaded: ['a:x'], faults: ['a'] })
  assert.deepEqual(run(['a:x'], ['a', 'b:x']), { loaded: ['a:x'], faults: ['a', 'b'] })
})

test('a removed file takes its plugin along, and its name is free', () => {
  assert.deepEqual(run(['a:x', 'b:y'], ['b:y']), { loaded: ['b:y'], faults: [] })
  assert.deepEqual(run(['a:x'], ['b:x']), { loaded: ['b:x'], faults: [] })
  assert.deepEqual(run(['a:x'], ['b:x', 'c:x']), { loaded: [], faults: ['b', 'c'] })
})

test('a file that changes its name frees the old one, unless the new one is taken', () => {
  assert.deepEqual(run(['a:x'], ['a:y', 'b:x']), { loaded: ['a:y', 'b:x'], faults: [] })
  assert.deepEqual(run(['a:x', 'b:y'], ['a:y', 'b:x']), { loaded: ['a:y', 'b:x'], faults: [] })
  assert.deepEqual(run(['a:x', 'b:y'], ['a:y', 'b:y', 'c:x']), { loaded: ['a:x', 'b:y'], faults: ['a', 'c'] })
})

test('what cannot be looked at is not gone', () => {
  assert.deepEqual(run(['a:x', 'b:y'], ['b:y', 'c:x'], ['a']), { loaded: ['a:x', 'b:y'], faults: ['c'] })
})
