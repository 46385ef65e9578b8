// P8: floods of calls, logs and output end in coded outcomes at the guest's own limits, and harm neither host nor neighbour.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../sandbox/limits.ts'
import { rig } from '../support/hosts.ts'
import { bodyOf, pluginOf } from '../support/plugin.ts'

test('ten thousand capability calls at once: a few go out, the rest are refused in place', async () => {
  await using one = rig()
  let calls = 0
  let most = 0
  let now = 0
  const ended = await one.go(
    pluginOf(
      'flooder',
      bodyOf(`
      const all = await Promise.allSettled(Array.from({ length: 10_000 }, () => store.get('k')))
      const codes = new Set(all.filter((each) => each.status === 'rejected').map((each) => each.reason.code))
      return { text: [all.filter((each) => each.status === 'fulfilled').length, ...codes].join(' ') }`),
      { cpu: 2_000 },
    ),
    {},
    async () => {
      calls += 1
      most = Math.max(most, ++now)
      await new Promise((next) => setImmediate(next))
      now -= 1
      return { value: '{"value":null}' }
    },
  )
  assert.ok(ended.ok, JSON.stringify(ended))
  assert.equal(JSON.parse(ended.reply).text, `${calls} CALLS_EXCEEDED`)
  assert.ok(calls <= LIMITS.calls)
  assert.ok(most <= LIMITS.callsInFlight)
})

test('a reply of 100 MB and one just over the limit are OUTPUT_EXCEEDED; one within it arrives', async () => {
  await using one = rig()
  const plugin = (body: string) => pluginOf('talker', bodyOf(body), { output: 1_000, memory: 512 << 20, cpu: 5_000 })
  const huge = await one.go(plugin(`return 'x'.repeat(100 << 20)`))
  assert.ok(!huge.ok && ['OUTPUT_EXCEEDED', 'MEMORY_EXCEEDED'].includes(huge.code), JSON.stringify(huge).slice(0, 200))
  const over = await one.go(plugin(`return '好'.repeat(500)`))
  assert.equal(over.ok ? 'ok' : over.code, 'OUTPUT_EXCEEDED')
  const within = await one.go(plugin(`return '好'.repeat(300)`))
  assert.ok(within.ok)
})

test('a flood of log lines is cut, and the command goes on', async () => {
  await using one = rig()
  const ended = await one.go(
    pluginOf('logger', bodyOf(`for (let i = 0; i < 20_000; i++) log.info('x'.repeat(5_000)); return 'done'`), {
      cpu: 2_000,
    }),
  )
  assert.ok(ended.ok, JSON.stringify(ended))
  assert.equal(one.logs.length, LIMITS.logs)
  assert.ok(one.logs.every((line) => line.length <= LIMITS.logLine + 10))
})

test('a value that is no reply is REPLY_INVALID', async () => {
  await using one = rig()
  for (const value of ['undefined', '42', '({ html: "x" })', '[]', 'null']) {
    const ended = await one.go(pluginOf('mute', bodyOf(`return ${value}`)))
    assert.equal(ended.ok ? 'ok' : ended.code, 'REPLY_INVALID', value)
  }
})
