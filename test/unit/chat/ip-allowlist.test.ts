import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIpAllowlist } from '../../../supervisor/chat/ip-allowlist.ts'

test('without entries everybody passes', () => {
  assert.equal(createIpAllowlist([])('203.0.113.9'), true)
})

test('addresses and ranges of both families', () => {
  const allows = createIpAllowlist(['203.119.0.0/16', '192.0.2.7', '2001:db8::/32'])
  const verdicts: Record<string, boolean> = {
    '203.119.1.2': true,
    '203.120.0.0': false,
    '192.0.2.7': true,
    '192.0.2.8': false,
    '2001:db8::5': true,
    '2001:db9::5': false,
    // How a dual-stack socket names an IPv4 peer.
    '::ffff:203.119.1.2': true,
    '::ffff:198.51.100.1': false,
  }
  for (const [address, verdict] of Object.entries(verdicts)) assert.equal(allows(address), verdict, address)
})

test('what is no address never passes', () => {
  const allows = createIpAllowlist(['0.0.0.0/0', '::/0'])
  assert.equal(allows('203.119.1.2'), true)
  for (const bad of ['', 'unknown', '203.119.1.2:443', '203.119.1', ' 203.119.1.2'])
    assert.equal(allows(bad), false, bad)
})

test('an entry that cannot be read is an error, not a hole', () => {
  for (const bad of ['', 'dingtalk.com', '203.119.0.0/', '203.119.0.0/33', '203.119.0.0/16/8', '203.119.0.0/-1']) {
    assert.throws(() => createIpAllowlist([bad]), Error, bad)
  }
})
