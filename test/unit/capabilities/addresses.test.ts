import { test } from 'node:test'
import assert from 'node:assert/strict'
import { asHost, isLoopbackLiteral, isSpecial } from '../../../supervisor/capabilities/addresses.ts'

const SPECIAL: Record<string, string[]> = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'link-local, with the clouds’ metadata': [
    '169.254.169.254',
    '169.254.0.23',
    'fe80::1',
    'fe80::1%eth0',
    '2606:4700::1%lo',
    'febf::1',
  ],
  'carrier-grade NAT, with Alibaba’s metadata': ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
  'Azure’s platform channel': ['168.63.129.16'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  broadcast: ['255.255.255.255'],
  reserved: ['192.0.0.192', '240.0.0.1', '254.0.0.1', '192.88.99.1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'unique local': ['fc00::1', 'fd00:ec2::254'],
  'site-local': ['fec0::1'],
  discard: ['100::1'],
  'segment routing': ['5f00::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1'],
  'IPv4-compatible': ['::127.0.0.1', '::8.8.8.8'],
  'IPv4-translated': ['::ffff:0:127.0.0.1'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1'],
  '6to4': ['2002:7f00:1::1', '2002:808:808::1'],
  Teredo: ['2001:0:4136:e378::1'],
  ORCHID: ['2001:10::1', '2001:20::1'],
  'not allocated': ['4000::1', '1::1', 'fe00::1'],
  'not an address': ['', 'localhost', '127.1', '0x7f.0.0.1', '0177.0.0.1', '2130706433', '[::1]', '1.2.3.4 '],
}

test('every special address is refused', async (t) => {
  for (const [kind, addresses] of Object.entries(SPECIAL)) {
    await t.test(kind, () =>
      assert.deepEqual(
        addresses.filter((address) => !isSpecial(address)),
        [],
      ),
    )
  }
})

test('public addresses are not special, up to the edges of the ranges', () => {
  const open = [
    '8.8.8.8',
    '1.1.1.1',
    '47.96.1.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '126.0.0.1',
  ]
  const edges = [
    '128.0.0.1',
    '169.253.0.1',
    '192.167.0.1',
    '198.17.0.1',
    '198.20.0.1',
    '223.255.255.1',
    '168.63.129.17',
  ]
  const v6 = ['2606:4700:4700::1111', '2400:3200::1', '2a00:1450:4001:800::200e']
  assert.deepEqual([...open, ...edges, ...v6].filter(isSpecial), [])
})

test('only a literal of this machine is a loopback literal', () => {
  const cases = {
    '127.0.0.1': true,
    '127.9.9.9': true,
    '[::1]': true,
    localhost: false,
    '[::ffff:7f00:1]': false,
    '10.0.0.1': false,
  }
  for (const [host, expected] of Object.entries(cases)) assert.equal(isLoopbackLiteral(host), expected, host)
})

test('an address is spelled as a URL spells it', () => {
  assert.equal(asHost('127.0.0.1'), '127.0.0.1')
  assert.equal(asHost('2606:4700:0:0::0001'), '[2606:4700::1]')
  assert.equal(asHost('::ffff:127.0.0.1'), '[::ffff:7f00:1]')
})
