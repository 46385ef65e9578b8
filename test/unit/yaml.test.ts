// readYaml: every fault at once, at the right place, with a cure.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readYaml } from '../../supervisor/yaml.ts'
import { cureOf, faultsOf, schema } from '../support/yaml.ts'

test('a document that fits is parsed, with its defaults', () => {
  const read = readYaml('name: a\nserver: {host: h}\n', 'f.yaml', schema)
  assert.ok('value' in read)
  assert.deepEqual(read.value, { name: 'a', port: 7, server: { host: 'h' } })
})

test('YAML 1.2: `yes` and `on` are text, not booleans', () => {
  const read = readYaml('name: yes\nserver: {host: on}\n', 'f.yaml', schema)
  assert.ok('value' in read)
  assert.deepEqual([read.value.name, read.value.server?.host], ['yes', 'on'])
})

test('every fault of shape is told at once, at the node that is wrong', () => {
  const text = [
    'name: 3', // the value
    'prot: 1', // the key
    'server:',
    '  alowed_origins: []', // the key, and the missing `host` at its mapping
    'mode: stict',
    'items:',
    '  - key: 1',
    '  - {}',
    'config: {Bad: 1, good: .inf}',
    'either: {file: 1}',
    'shape: {kind: circl}',
  ].join('\n')
  assert.deepEqual(faultsOf(text), [
    '1:7 `name` is a number, and must be text',
    '2:1 unknown key `prot`',
    '4:3 `server` lacks the key `host`',
    '4:3 unknown key `alowed_origins`',
    '5:7 `mode` must be strict or best-effort',
    '7:10 `items[0].key` is a number, and must be text',
    '8:5 `items[1]` lacks the key `key`',
    '9:10 `config.Bad` is no name',
    '9:24 `config.good` is not a finite number, and must be text, a number, true or false, null, a list or a mapping',
    '10:16 `either.file` is a number, and must be text',
    '11:15 `shape.kind` must be circle or square',
  ])
})

test('a range, a length and a wrong kind say what is allowed', () => {
  assert.deepEqual(faultsOf('name: ""\nport: 100\n'), ['1:7 `name` is too small', '2:7 `port` is too large'])
  assert.equal(cureOf('name: a\nport: 100'), 'It may have at most 99')
  assert.equal(cureOf('name: ""'), 'It needs at least 1 character')
  assert.equal(cureOf('name: 12'), 'Put the value in quotes')
  assert.equal(cureOf('name: a\nconfig: {Bad: 1}'), 'Use small letters')
})

test('an unknown key is met with the nearest one and with all that are allowed there', () => {
  const allowed = 'Allowed here: host, allowed_origins'
  assert.equal(cureOf('name: a\nserver: {host: h, hots: x}'), `Did you mean \`host\`? ${allowed}`)
  assert.equal(cureOf('name: a\nserver: {host: h, allowedOrigins: x}'), `Did you mean \`allowed_origins\`? ${allowed}`)
  assert.equal(cureOf('name: a\nserver: {host: h, colour: x}'), allowed)
  assert.equal(cureOf('name: a\neither: {fil: h, file: x}'), 'Did you mean `file`? Allowed here: file')
  assert.equal(cureOf('name: a\nmode: stric'), 'Did you mean `strict`?')
})

test('a key without a value is told at the key', () => {
  assert.deepEqual(faultsOf('name: a\n\nserver:\n'), ['3:1 `server` is empty, and must be a mapping'])
})

test('a missing key of the document is told at its beginning; an empty document is a fault', () => {
  assert.deepEqual(faultsOf('# comment\nport: 5\n'), ['2:1 the document lacks the key `name`'])
  assert.deepEqual(faultsOf(''), ['1:1 the document is empty, and must be a mapping'])
  assert.deepEqual(faultsOf('- 1'), ['1:1 the document is a list, and must be a mapping'])
})

test('positions hold with a byte order mark, CRLF and Chinese text', () => {
  assert.deepEqual(faultsOf('\uFEFFname: 3\r\nport: x\r\n'), [
    '1:7 `name` is a number, and must be text',
    '2:7 `port` is text, and must be a number',
  ])
  assert.deepEqual(faultsOf('{name: 名字, port: 很多}'), ['1:18 `port` is text, and must be a number'])
})

test('repeated keys are told beside the faults of shape', () => {
  assert.deepEqual(faultsOf('name: a\nname: b\nprot: 1\nserver: {host: h, host: i}\n'), [
    '2:1 the key `name` is repeated',
    '3:1 unknown key `prot`',
    '4:19 the key `host` is repeated',
  ])
})

test('position and has: value, key, and the nearest thing around what is absent', () => {
  const text = 'name: a\nserver:\n  host: h\n  allowed_origins: [x, y]\n'
  const { source } = readYaml(text, 'f', schema)
  assert.deepEqual(source.position(['server', 'host']), { line: 3, column: 9 })
  assert.deepEqual(source.position(['server', 'host'], 'key'), { line: 3, column: 3 })
  assert.deepEqual(source.position(['server', 'allowed_origins', 1]), { line: 4, column: 24 })
  assert.deepEqual(source.position(['server', 'absent']), { line: 3, column: 3 })
  assert.deepEqual(source.position(['absent', 'deeper'], 'key'), { line: 1, column: 1 })
  assert.deepEqual(
    [['name'], ['server', 'allowed_origins', 1], ['server', 'allowed_origins', 2], ['name', 'x']].map((path) =>
      source.has(path),
    ),
    [true, true, false, false],
  )
})

test('the rest of a faulty document is what fits without the faulty parts', () => {
  const rest = (text: string): unknown => {
    const read = readYaml(text, 'f', schema)
    return 'faults' in read ? read.rest : 'no faults'
  }
  assert.deepEqual(rest('name: a\nport: x\nprot: 1\nserver: {}\n'), { name: 'a', port: 7 })
  assert.deepEqual(rest('name: a\nitems: [{key: k}, {key: 1}]\n'), { name: 'a', port: 7 })
  assert.equal(rest('port: 1\n'), null)
  assert.equal(rest('name: [\n'), null)
})
