// P1: plugin code finds standard JavaScript and its capabilities, and no way from any object in its reach to anything of Node.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rig } from '../support/hosts.ts'
import { bodyOf, pluginOf } from '../support/plugin.ts'

/** Walks every object that a guest can reach and tries the classic ways out of each. Answers what it found, and how many it saw. */
const WALK = `
  const seen = new Set(), found = []
  const roots = [globalThis, this, args, command, Plugin, http, store, chat, log, new Error().stack, import.meta]
  const call = await http.fetch('https://nowhere.example/').catch((error) => error)
  const queue = [...roots, call, call.constructor]
  const probe = 'return typeof process + typeof require + typeof module + typeof Buffer + typeof globalThis.process'
  while (queue.length > 0) {
    const each = queue.pop()
    if ((typeof each !== 'object' && typeof each !== 'function') || each === null || seen.has(each)) continue
    seen.add(each)
    for (const make of [() => each.constructor.constructor(probe)(), () => each.constructor(probe)()]) {
      try {
        const answer = make()
        if (typeof answer === 'string' && answer.includes('typeof') === false && /object|function/.test(answer) && answer.length < 60) found.push(answer)
      } catch {}
    }
    for (const key of Reflect.ownKeys(each)) {
      try { queue.push(each[key]) } catch {}
      const { get, set } = Reflect.getOwnPropertyDescriptor(each, key) ?? {}
      queue.push(get, set)
    }
    queue.push(Reflect.getPrototypeOf(each))
  }
  return { text: JSON.stringify({ found, seen: seen.size }) }`

test('no object in reach leads to process, require or Buffer', async () => {
  await using one = rig()
  const plugin = pluginOf('walker', bodyOf(WALK.replace(', import.meta', '')), { cpu: 5_000 })
  const ended = await one.go(plugin)
  assert.ok(ended.ok, JSON.stringify(ended))
  const { found, seen } = JSON.parse(JSON.parse(ended.reply).text)
  assert.deepEqual(found, [])
  assert.ok(seen > 500, `only ${seen} objects`)
})

const WAYS_OUT: Record<string, string> = {
  constructor: "return this.constructor.constructor('return process')()",
  'error of a call': "return (await http.fetch('x').catch((e) => e)).constructor.constructor('return process')()",
  'prepared stack':
    'Error.prepareStackTrace = (_, sites) => sites; for (const site of new Error().stack) { const f = site.getFunction?.(); if (f) return f.constructor("return process")() } return process',
  'dynamic import': "return import('node:fs')",
  'async function': "return Object.getPrototypeOf(async () => {}).constructor('return process')()",
  generator: "return Object.getPrototypeOf(function* () {}).constructor('return process')().next().value",
  'a trap of a proxy': 'return new Proxy(http.fetch, { apply: () => process })()',
  'the caller of a sloppy function':
    "return Function('return arguments.callee.caller')().constructor('return process')()",
  require: "return require('fs')",
  binding: "return process.binding('fs')",
}
for (const [way, code] of Object.entries(WAYS_OUT)) {
  test(`way out by ${way}: closed`, async () => {
    await using one = rig()
    const ended = await one.go(pluginOf('hostile', bodyOf(code)))
    assert.equal(ended.ok ? ended.reply : ended.code, 'PLUGIN_ERROR')
  })
}

test('what a guest is promised works', async () => {
  await using one = rig()
  const ended = await one.go(
    pluginOf(
      'guest',
      bodyOf(`
        const url = new URL('/a?b=1', 'https://例子.cn:8443')
        url.searchParams.set('q', '北 京')
        const text = new TextDecoder().decode(new TextEncoder().encode('你好😀'))
        const copy = structuredClone({ when: new Date(0), map: new Map([[1, [2]]]) })
        const order = []
        setTimeout(() => order.push('late'), 20)
        const stop = setInterval(() => order.push('tick'), 5)
        await new Promise((done) => setTimeout(done, 40))
        clearInterval(stop)
        return { text: JSON.stringify([url.href, text, copy.when.getTime(), copy.map.get(1)[0], order.includes('late'), order.includes('tick'), /^[0-9a-f-]{36}$/.test(crypto.randomUUID())]) }`),
    ),
  )
  assert.ok(ended.ok, JSON.stringify(ended))
  assert.deepEqual(JSON.parse(JSON.parse(ended.reply).text), [
    'https://xn--fsqu00a.cn:8443/a?b=1&q=%E5%8C%97+%E4%BA%AC',
    '你好😀',
    0,
    2,
    true,
    true,
    true,
  ])
})
