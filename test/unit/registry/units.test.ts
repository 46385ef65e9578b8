import { test } from 'node:test'
import assert from 'node:assert/strict'
import { bytes, milliseconds } from '../../../supervisor/registry/units.ts'

test('sizes and durations', () => {
  const sizes: [unknown, number][] = [
    ['64MiB', 64 * 1024 ** 2],
    ['64KiB', 65_536],
    ['512B', 512],
    ['1GiB', 1024 ** 3],
    [4096, 4096],
  ]
  for (const [written, expected] of sizes) assert.equal(bytes().parse(written), expected)
  const times: [unknown, number][] = [
    ['500ms', 500],
    ['10s', 10_000],
    ['1m', 60_000],
    ['1h', 3_600_000],
    [250, 250],
  ]
  for (const [written, expected] of times) assert.equal(milliseconds().parse(written), expected)
})

test('nothing is guessed: a string needs its unit, spelled so', () => {
  for (const bad of [
    '64',
    '64MB',
    '64 MiB',
    '64mib',
    '-1KiB',
    '1.5MiB',
    '',
    'MiB',
    '1e3B',
    1.5,
    -1,
    0,
    Number.NaN,
    null,
    '99999999999999GiB',
  ]) {
    assert.equal(bytes().safeParse(bad).success, false, String(bad))
  }
  for (const bad of ['10', '10S', '1d', '0s', Number.POSITIVE_INFINITY])
    assert.equal(milliseconds().safeParse(bad).success, false, String(bad))
})

test('a fault teaches how to write it, and a range holds after the unit', () => {
  assert.match(bytes().safeParse('64').error?.issues[0]?.message ?? '', /"64MiB".*KiB/)
  assert.match(milliseconds().safeParse(true).error?.issues[0]?.message ?? '', /"10s"/)
  assert.equal(bytes({ max: 1024 }).safeParse('2KiB').success, false)
  assert.equal(milliseconds({ min: 0 }).parse('0ms'), 0)
})
