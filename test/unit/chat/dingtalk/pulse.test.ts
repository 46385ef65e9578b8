import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPulse } from '../../../../supervisor/chat/dingtalk/pulse.ts'
import { createFakeClock } from '../../../support/dingtalk/fake-clock.ts'

function setUp() {
  const clock = createFakeClock()
  const pings: number[] = []
  const deaths: string[] = []
  const start = clock.now()
  // A machine asleep: the wall clock goes on, timers do not.
  const sleep = { ms: 0 }
  const walled = { ...clock, now: () => clock.now() + sleep.ms }
  const pulse = createPulse(
    walled,
    () => pings.push(clock.now() - start),
    (reason) => deaths.push(reason),
  )
  return { clock, pulse, pings, deaths, sleep }
}

test('it pings at once and every twenty seconds', () => {
  const { clock, pulse, pings, deaths } = setUp()
  pulse.start()
  for (let beat = 0; beat < 3; beat += 1) {
    pulse.heard()
    clock.advance(20_000)
  }
  assert.deepEqual(pings, [0, 20_000, 40_000, 60_000])
  assert.deepEqual(deaths, [])
})

test('two silent beats are death, once', () => {
  const { clock, pulse, pings, deaths } = setUp()
  pulse.start()
  clock.advance(20_000)
  assert.deepEqual(deaths, [])
  clock.advance(200_000)
  assert.deepEqual(deaths, ['no sign of life'])
  assert.deepEqual(pings, [0, 20_000])
})

test('anything heard between makes up for a miss', () => {
  const { clock, pulse, deaths } = setUp()
  pulse.start()
  for (let round = 0; round < 5; round += 1) {
    clock.advance(20_000)
    pulse.heard()
    clock.advance(20_000)
  }
  assert.deepEqual(deaths, [])
})

test('a wall clock that jumps ahead is death, however lively the link seemed', () => {
  const { clock, pulse, deaths, sleep } = setUp()
  pulse.start()
  pulse.heard()
  sleep.ms = 3_600_000
  clock.advance(20_000)
  assert.deepEqual(deaths, ['the clock jumped'])
})

test('a wall clock set back is not', () => {
  const { clock, pulse, deaths, sleep } = setUp()
  pulse.start()
  pulse.heard()
  sleep.ms = -3_600_000
  clock.advance(20_000)
  assert.deepEqual(deaths, [])
})

test('a stopped pulse is silent', () => {
  const { clock, pulse, pings, deaths } = setUp()
  pulse.start()
  pulse.stop()
  clock.advance(200_000)
  assert.deepEqual(pings, [0])
  assert.deepEqual(deaths, [])
})
