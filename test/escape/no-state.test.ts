// P1: nothing passes from one command to the next, whatever a command does to its world; and what it leaves running is not heard.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rig } from '../support/hosts.ts'
import { bodyOf, pluginOf } from '../support/plugin.ts'

test('a poisoned world is gone with its command', async () => {
  await using one = rig()
  const body = `
    if (args.poison) {
      globalThis.left = 'behind'
      Plugin.left = 'behind'
      Array.prototype.left = 'behind'
      JSON.stringify = () => '"poisoned"'
      Promise.prototype.then = () => { throw new Error('poisoned') }
      http.left = 'behind'
      return 'poisoned'
    }
    return { text: [globalThis.left, Plugin.left, [].left, http.left, JSON.stringify(1), await Promise.resolve('sound')].join(' ') }`
  const plugin = pluginOf(
    'poisoner',
    `let count = 0\n${bodyOf(body.replace("join(' ')", "join(' ') + ' ' + (++count)"))}`,
    { concurrency: 1 },
  )
  await one.go(plugin, { poison: true })
  for (let round = 0; round < 3; round++) {
    const ended = await one.go(plugin)
    assert.deepEqual(ended.ok && JSON.parse(ended.reply), { text: '    1 sound 1' })
  }
})

test('timers and calls that a command leaves behind never reach the next one', async () => {
  await using one = rig()
  const calls: string[] = []
  const plugin = pluginOf(
    'lingerer',
    bodyOf(`
      if (args.linger) {
        setInterval(() => { void store.get('late') }, 1)
        setTimeout(() => { chat.send('late') }, 5)
        return 'gone'
      }
      await new Promise((done) => setTimeout(done, 100))
      return 'clean'`),
    { concurrency: 1 },
  )
  await one.go(plugin, { linger: true }, async (capability) => (calls.push(capability), { value: '{}' }))
  const before = calls.length
  const ended = await one.go(plugin, {}, async (capability) => (calls.push(capability), { value: '{}' }))
  assert.ok(ended.ok)
  assert.equal(calls.length, before)
  assert.deepEqual(
    one.events.filter(({ kind }) => kind === 'broken'),
    [],
  )
})
