import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifySignature } from '../../../../supervisor/chat/dingtalk/signature.ts'

// The inputs of the official Java sample.
const secret = 'this is a secret'
const timestamp = '1577262236757'
const sign = 'DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA='
const sentAt = Number(timestamp)
const hour = 3_600_000
const minute = 60_000

test('the official sample is good', () => {
  assert.equal(verifySignature({ timestamp, sign }, secret, sentAt), null)
})

test('a signature is good for an hour, and five minutes ahead of its time', () => {
  assert.equal(verifySignature({ timestamp, sign }, secret, sentAt + hour), null)
  assert.equal(verifySignature({ timestamp, sign }, secret, sentAt + hour + 1), 'old')
  assert.equal(verifySignature({ timestamp, sign }, secret, sentAt - 5 * minute), null)
  assert.equal(verifySignature({ timestamp, sign }, secret, sentAt - 5 * minute - 1), 'future')
})

test('neither header may be missing', () => {
  assert.equal(verifySignature({ timestamp, sign: undefined }, secret, sentAt), 'missing')
  assert.equal(verifySignature({ timestamp: undefined, sign }, secret, sentAt), 'missing')
  assert.equal(verifySignature({ timestamp: undefined, sign: undefined }, secret, sentAt), 'missing')
})

test('a timestamp is plain digits', () => {
  for (const bad of ['', 'now', '1e12', '-1577262236757', ` ${timestamp}`, `${timestamp}.0`, '9'.repeat(400)]) {
    assert.equal(verifySignature({ timestamp: bad, sign }, secret, sentAt), 'malformed', bad)
  }
})

test('nothing but the whole signature passes', () => {
  const bads = ['', sign.slice(0, 1), sign.slice(0, -1), `${sign} `, `${sign}=`, sign.toLowerCase(), '✓'.repeat(44)]
  for (const bad of bads) assert.equal(verifySignature({ timestamp, sign: bad }, secret, sentAt), 'wrong', bad)
})

test('the signature of another second or another secret does not pass', () => {
  assert.equal(verifySignature({ timestamp: '1577262236758', sign }, secret, sentAt), 'wrong')
  assert.equal(verifySignature({ timestamp, sign }, 'another secret', sentAt), 'wrong')
})

test('without a secret nothing is verified', () => {
  assert.throws(() => verifySignature({ timestamp, sign }, '', sentAt), /empty/)
})
