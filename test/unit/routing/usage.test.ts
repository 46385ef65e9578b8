import { test } from 'node:test'
import assert from 'node:assert/strict'
import { usageOf } from '../../../supervisor/routing/usage.ts'
import { fakeCommand } from '../../support/fake-plugin.ts'

const usage = (names: string[], required: string[]) =>
  usageOf('weather', 'now', fakeCommand(Object.fromEntries(names.map((name) => [name, {}])), { required }))

test('shows what is required and what can be added', () => {
  assert.equal(usage(['city', 'days'], ['city']), '/weather now <city> [days=…]')
  assert.equal(usage([], []), '/weather now')
})

test('behind something optional, what is required is named', () => {
  assert.equal(usage(['days', 'city'], ['city']), '/weather now [days=…] city=<…>')
})
