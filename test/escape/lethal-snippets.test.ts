// P8: a plugin that loops, leaks or wedges its isolate ends in a coded outcome before the supervisor's own deadline, and a neighbour's
// command sent at the same time is answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCode } from '../../supervisor/errors.ts'
import { rig } from '../support/hosts.ts'
import { bodyOf, pluginOf } from '../support/plugin.ts'
import { SNIPPETS } from '../support/snippets.ts'

const neighbour = pluginOf('neighbour', bodyOf('return "still here"'), { wall: 60_000 })

test('every snippet known to hurt isolated-vm ends, and harms no neighbour', async (t) => {
  assert.equal(Object.keys(SNIPPETS).length, 77)
  await using good = rig()
  for (const [name, program] of Object.entries(SNIPPETS)) {
    await t.test(name, async () => {
      await using bad = rig()
      const hostile = pluginOf('hostile', bodyOf(`return args.good ? 'good' : (0, eval)(${JSON.stringify(program)})`))
      const [ended, answered] = await Promise.all([bad.go(hostile), good.go(neighbour)])
      assert.deepEqual(answered.ok && answered.reply, '{"text":"still here"}')
      assert.ok(ended.ok || isCode(ended.code))
      assert.deepEqual(
        bad.events.filter(({ kind }) => kind === 'overdue' || kind === 'broken'),
        [],
      )
      // The same plugin's next command works, in the same process or a new one.
      const again = await bad.go(hostile, { good: true })
      assert.deepEqual(again.ok && again.reply, '{"text":"good"}')
    })
  }
})
