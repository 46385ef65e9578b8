import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { table } from '../../../supervisor/capabilities/table.ts'
import { describeFault } from '../../../supervisor/errors.ts'
import { createManifestReader } from '../../../supervisor/registry/read-manifest.ts'

const read = createManifestReader(table, (schema) => (schema['description'] === 'bad' ? 'is bad' : null))
const faultsOf = (text: string) => read(text, 'plugin.yaml').faults.map(describeFault)

const WEATHER = `apiVersion: molten/v1
name: weather
version: 1.2.0
description: 查天气
main: ./main.ts
config: {units: metric}
capabilities:
  http.fetch:
    - {hosts: [api.weather.example], paths: ["/v1/*"], headers: {authorization: "Bearer \${WEATHER_TOKEN}"}}
  store: {quota: 1MiB}
limits: {cpu: 250ms}
commands:
  now:
    description: 查询城市当前天气
    effect: read
    args:
      type: object
      properties: {city: {type: string, minLength: 1}}
      required: [city]
      additionalProperties: false
    examples: ["北京天气怎么样"]
  list: {description: 全部, effect: read}
`

test('a whole manifest parses, defaults filled in', () => {
  const { manifest, faults } = read(WEATHER, 'plugin.yaml')
  assert.deepEqual(faults, [])
  assert.equal(manifest?.main, 'main.ts')
  assert.deepEqual(manifest?.limits, { memory: 64 << 20, cpu: 250, wall: 10_000, concurrency: 4, output: 64 << 10 })
  assert.deepEqual(manifest?.capabilities['store'], { quota: 1 << 20 })
  assert.deepEqual(manifest?.commands['list'], {
    description: '全部',
    effect: 'read',
    args: { type: 'object', properties: {}, additionalProperties: false },
    examples: [],
  })
})

test('every fault is told at once, each where it stands', () => {
  const places = faultsOf(`apiVersion: molten/v2
name: Weather
version: 1.2
description: "a\\u202eb"
main: ../main.ts
source: x
capabilities:
  http.fetsh: []
  store: {quota: 1 MB}
limits: {memory: 4MiB, concurrency: 33}
commands:
  Now: {description: x, effect: read}
  go: {description: x, effect: reads, args: {type: object, description: bad}}
`).map((fault) => fault.split(': ', 1)[0] ?? '')
  const expected = [
    '1:13',
    '2:7',
    '3:10',
    '4:14',
    '5:7',
    '6:9',
    '8:3',
    '9:18',
    '10:18',
    '10:37',
    '12:3',
    '13:32',
    '13:45',
  ]
  assert.deepEqual(places.toSorted(), expected.map((place) => `plugin.yaml:${place}`).toSorted())
})

test('an unknown capability is answered with the nearest and with all', () => {
  const [fault = ''] = faultsOf(WEATHER.replace('  store:', '  stroe:'))
  assert.match(fault, /^plugin\.yaml:10:3: .*`stroe`.*Did you mean `store`\?.*http\.fetch, store, chat\.send/)
})

test('a manifest says its code in exactly one way', () => {
  const neither = WEATHER.replace('main: ./main.ts\n', '')
  const both = WEATHER.replace('main: ./main.ts', 'main: ./main.ts\nsource: "export default 1"')
  assert.match(faultsOf(neither).join('\n'), /lacks the code/)
  assert.match(faultsOf(both).join('\n'), /^plugin\.yaml:6:9: `source` stands beside `main`/)
  assert.deepEqual(faultsOf(neither.replace('config:', 'source: "export default 1"\nconfig:')), [])
})

test('names that commands of Molten itself begin with are taken', () => {
  for (const name of ['help', 'molten', 'stop', 'freeze', 'forget', 'a', '-a', 'a_b', 'a'.repeat(41), '"天气"']) {
    assert.match(faultsOf(WEATHER.replace('name: weather', `name: ${name}`)).join(), /^plugin\.yaml:2:7: `name`/, name)
  }
})

test('limits stay within their bounds', () => {
  const bad = [
    'memory: 7MiB',
    'memory: 2GiB',
    'wall: 11m',
    'concurrency: 0',
    'output: 2MiB',
    'cpu: 0',
    'cpu: 1.5s',
    'disk: 1',
  ]
  for (const limit of bad) assert.equal(faultsOf(WEATHER.replace('cpu: 250ms', limit)).length, 1, limit)
  for (const limit of [
    'memory: 8MiB',
    'memory: 1GiB',
    'wall: 10m',
    'concurrency: 32',
    'output: 1MiB',
    'memory: 8388608',
  ]) {
    assert.deepEqual(faultsOf(WEATHER.replace('cpu: 250ms', limit)), [], limit)
  }
})

test('at least one command, and args only of an object', () => {
  assert.match(faultsOf(WEATHER.replace(/commands:[^]*/, 'commands: {}\n')).join(), /at least one command/)
  assert.match(faultsOf(WEATHER.replace('type: object', 'type: array')).join(), /`commands\.now\.args\.type`/)
  assert.match(faultsOf(WEATHER.replace('minLength: 1', 'minLength: .nan')).join(), /minLength/)
})

test('no text makes it throw', () => {
  const lines = WEATHER.split('\n')
  const junk = fc.constantFrom(
    '__proto__: 1',
    '<<: {}',
    '*a',
    '&a x',
    '!!js/function x',
    '- [',
    '{',
    '"',
    '\t',
    'constructor: {}',
    '\0',
  )
  const edits = fc.array(fc.record({ at: fc.nat(lines.length), text: fc.oneof(junk, fc.string()) }), { maxLength: 4 })
  fc.assert(
    fc.property(edits, (changes) => {
      const broken = [...lines]
      for (const { at, text } of changes) broken.splice(at, 1, text)
      const { manifest, faults } = read(broken.join('\n'), 'plugin.yaml')
      for (const { line, column } of faults) assert.ok(line >= 1 && column >= 1)
      assert.ok(manifest !== null || faults.length > 0)
    }),
  )
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.ok(read(JSON.stringify(value), 'plugin.yaml').faults.length > 0)
    }),
  )
  assert.ok(read(`config: ${'['.repeat(50_000)}`, 'plugin.yaml').faults.length > 0)
  assert.ok(read(`config: {a: ${'['.repeat(2_000)}${']'.repeat(2_000)}}`, 'plugin.yaml').faults.length > 0)
})
