// A message through the whole of it, by the operator's own door: routed, allowed, run in a sandbox, answered, audited.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMolten } from '../support/molten.ts'

test('a command is answered, and its audit trail is whole', async () => {
  await using molten = await startMolten()
  const ran = await molten.run('/echo say 你好 "a b"')
  assert.deepEqual([ran.code, ran.status, ran.said], [0, 'ok', '你好 "a b"'])

  const trail = molten.records().filter(({ turn }) => turn === ran.turn)
  const kinds = trail.map(({ kind }) => kind)
  assert.deepEqual(kinds, ['turn.received', 'turn.routed', 'command.intent', 'command.outcome', 'turn.done'])
  assert.deepEqual(trail[2]?.decision?.effect, 'allow')
  const verified = await molten.cli('audit', 'verify')
  assert.equal(verified.code, 0, verified.err)
})

test('a stranger, a person whom policy denies, and one who may: each gets an answer of their own', async () => {
  const roles =
    'roles:\n  viewer: { people: ["dingtalk:reader"] }\n  member: { people: [] }\n  operator: { people: [] }\n  admin: { people: ["terminal:*"] }\n'
  await using molten = await startMolten({ ship: ['echo', 'notes'], roles })
  const stranger = await molten.run('/echo say hi', '--as', 'dingtalk:nobody')
  assert.deepEqual([stranger.code, stranger.end], [77, 'NO_ROLE'])
  assert.match(stranger.said, new RegExp(stranger.turn))

  const reader = await molten.run('/notes add hi', '--as', 'dingtalk:reader')
  assert.deepEqual([reader.code, reader.end], [77, 'POLICY_DENIED'])
  const refused = molten.records().find(({ kind, turn }) => kind === 'turn.refused' && turn === reader.turn)
  assert.deepEqual(refused?.decision, { effect: 'deny', code: 'POLICY_DENIED', rules: [] })
  assert.deepEqual([refused?.person, refused?.plugin, refused?.command], ['dingtalk:reader', 'notes', 'add'])
  assert.ok(!molten.records().some(({ kind, turn }) => kind === 'command.intent' && turn === reader.turn))

  const admin = await molten.run('/notes add hi')
  assert.deepEqual([admin.code, admin.status], [0, 'ok'])
})

test('what policy would put to approval is refused until approvals exist', async () => {
  const plugin =
    'apiVersion: molten/v1\nname: bomb\nversion: 1.0.0\ndescription: d\nsource: |\n  import { Plugin } from "molten"\n  export default class extends Plugin { go() { return "boom" } }\ncommands:\n  go: {description: d, effect: destroy}\n'
  await using molten = await startMolten({ files: { 'plugins/bomb.yaml': plugin } })
  const ran = await molten.run('/bomb go')
  assert.deepEqual([ran.code, ran.end], [77, 'APPROVAL_UNAVAILABLE'])
})

test('--as without the right to impersonate is refused, and audited with both names', async () => {
  await using molten = await startMolten()
  const ran = await molten.run('/echo say hi', '--as', 'dingtalk:boss')
  assert.equal(ran.code, 77)
  const received = molten.records().find(({ kind, turn }) => kind === 'turn.received' && turn === ran.turn)
  assert.equal(received?.person, 'dingtalk:boss')
  assert.match(String(received?.detail?.['impersonator']), /^terminal:/)
})

test('text that is no command is answered with the nearest ones', async () => {
  await using molten = await startMolten()
  const ran = await molten.run('复读一下')
  assert.deepEqual([ran.code, ran.end], [1, 'NO_COMMAND'])
  assert.match(ran.said, /\/echo say/)
  const bad = await molten.run('/echo say')
  assert.deepEqual([bad.code, bad.end], [1, 'BAD_ARGS'])
})
