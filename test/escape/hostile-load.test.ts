// P8 at load: what a plugin says of itself while it is only being looked at is bounded, and never the supervisor's undoing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rig } from '../support/hosts.ts'
import { pluginOf } from '../support/plugin.ts'

const load = (body: string, top = '') =>
  pluginOf(
    'loader',
    `import { Plugin, http } from 'molten'\n${top}\nexport default class extends Plugin { go() { return 'ok' } ${body} }`,
    { output: 1 << 20 },
  )

const HOSTILE: Record<string, ReturnType<typeof load>> = {
  'nesting that exhausts a stack': load(
    'getCapabilities() { let a = []; for (let i = 0; i < 6000; i++) a = [a]; return [a] }',
  ),
  'a name of a megabyte': load('getCapabilities() { return { ["a".repeat(1e6)]: 1 } }'),
  'a thousand names': load('getCapabilities() { return Array.from({ length: 1000 }, (_, n) => "c" + n) }'),
  'a number': load('getCapabilities() { return 42 }'),
  'a promise that hangs': load('getCapabilities() { return { then: 1 } }', 'await new Promise(() => {})'),
  'a loop': load('', 'for (;;) {}'),
  'a thrown megabyte': load('', 'throw new Error("x".repeat(1e6))'),
  'a call while loading': load('', "await http.fetch('https://nowhere.example/')"),
  'no plugin at all': pluginOf('loader', 'export default 42'),
  'a syntax error': pluginOf('loader', 'export default class {'),
}

for (const [name, plugin] of Object.entries(HOSTILE)) {
  test(`${name}: does not load, says why in few words, and a neighbour does load`, async () => {
    await using one = rig()
    const [problem, neighbour] = await Promise.all([
      one.hosts.trial(plugin),
      one.hosts.trial({ ...load(''), name: 'neighbour' }),
    ])
    assert.ok(problem !== null && problem.length > 0)
    assert.ok(problem.length < 5_000, `${problem.length} characters`)
    assert.equal(neighbour, null)
    assert.deepEqual(
      one.events.filter(({ kind }) => kind === 'broken'),
      [],
    )
    const ended = await one.go(plugin)
    assert.equal(ended.ok ? 'ok' : ended.code, 'PLUGIN_LOAD_FAILED')
  })
}

test('a guest cannot make an honest host look broken by requests that are no requests', async () => {
  await using one = rig()
  const body = `for (const request of [{ toJSON() {} }, { body: 'x'.repeat(3 << 20) }]) await http.fetch('https://a.example/', request).catch(() => {})
    return { text: (await http.fetch('https://a.example/').catch((error) => error)).code }`
  const plugin = pluginOf(
    'asker',
    `import { Plugin, http } from 'molten'\nexport default class extends Plugin { async go() { ${body} } }`,
    { memory: 128 << 20, cpu: 2_000 },
  )
  const ended = await one.go(plugin, {}, async () => ({ code: 'CALL_NOT_GRANTED', message: 'no' }))
  assert.deepEqual(ended.ok && JSON.parse(ended.reply), { text: 'CALL_NOT_GRANTED' })
  assert.deepEqual(
    one.events.filter(({ kind }) => kind === 'broken'),
    [],
  )
})
