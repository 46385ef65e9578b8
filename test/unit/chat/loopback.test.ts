import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback } from '../../../supervisor/chat/loopback.ts'

test('this machine, by every name it has', () => {
  for (const host of ['localhost', '127.0.0.1', '127.255.255.254', '::1', '[::1]', '::ffff:127.0.0.1']) {
    assert.equal(isLoopback(host), true, host)
  }
})

test('nobody else', () => {
  for (const host of [
    '',
    '128.0.0.1',
    '127.0.0.1.example',
    'localhost.example',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'a127.0.0.1',
  ]) {
    assert.equal(isLoopback(host), false, host)
  }
})
