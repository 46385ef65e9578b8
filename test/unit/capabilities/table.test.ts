import { test } from 'node:test'
import assert from 'node:assert/strict'
import { assertPowers, table } from '../../../supervisor/capabilities/table.ts'
import { powersWith } from '../../support/powers.ts'

const power = powersWith({})

test('the table is closed: what it does not list does not exist', () => {
  assert.deepEqual(Object.keys(table).sort(), ['chat.send', 'http.fetch', 'store'])
  for (const [name, one] of Object.entries(table)) assert.equal(one.name, name)
  for (const name of ['constructor', '__proto__', 'toString', 'http']) assert.equal(table[name], undefined, name)
  assert.ok(Object.isFrozen(table) && Object.values(table).every(Object.isFrozen))
})

test('each listed power must be handed over, and no other', () => {
  assert.doesNotThrow(() => assertPowers(power))
  const { secrets: _, ...without } = power
  assert.throws(() => assertPowers(without), /lack the powers secrets/)
  assert.throws(
    () => assertPowers(Object.assign(powersWith({}), { shell: {} })),
    /no capability lists the powers shell/,
  )
})
