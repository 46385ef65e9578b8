// Which IP addresses are not the public internet; it fails towards "special" for whatever it cannot read.
import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

// The only IPv6 space that is routed in public (RFC 4291 §2.4, IANA's IPv6 address space registry). Outside it lie the
// IPv4-compatible, -mapped and -translated forms and every prefix that IANA has not allocated.
const PUBLIC_V6 = ipaddr.parseCIDR('2000::/3')

// Public by number, private by use: Azure's platform channel, which hands out a machine's credentials
// (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
const CLOUD = new Set(['168.63.129.16'])

/** Whether `address` (an IP address as DNS gives it) is loopback, private, embedding, reserved or anything but public unicast. */
export function isSpecial(address: string): boolean {
  if (!isIP(address) || address.includes('%')) return true
  const parsed = ipaddr.parse(address)
  if (parsed.kind() === 'ipv6' && !parsed.match(PUBLIC_V6)) return true
  return parsed.range() !== 'unicast' || CLOUD.has(parsed.toString())
}

/** Whether a URL's host is an IP literal of this machine itself: 127.0.0.0/8 or `[::1]`, not a name and not an embedded form. */
export function isLoopbackLiteral(host: string): boolean {
  const address = bareHost(host)
  return isIP(address) !== 0 && ipaddr.parse(address).range() === 'loopback'
}

/** A URL's host without the brackets of an IPv6 literal. */
export function bareHost(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

/** An IP address as a URL's host spells it. */
export function asHost(address: string): string {
  return new URL(`http://${isIPv6(address) ? `[${address}]` : address}`).hostname
}
