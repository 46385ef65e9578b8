// Which addresses may call the webhook. Must never resolve a name or let an address pass that it cannot read.
import { BlockList, isIP } from 'node:net'

/**
 * A test for addresses against `entries`, each an address or a CIDR range, IPv4 or IPv6; without entries all pass.
 * Throws on an entry that is neither.
 */
export function createIpAllowlist(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) return () => true
  const list = new BlockList()
  for (const entry of entries) add(list, entry)
  return (address) => {
    const family = familyOf(address)
    return family !== undefined && list.check(address, family)
  }
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/')
  const family = familyOf(address)
  const readable = family !== undefined && rest.length === 0 && (bits === undefined || /^\d{1,3}$/.test(bits))
  if (!readable) throw new Error(`not an address or range: ${entry}`)
  if (bits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(bits), family)
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  return ({ 4: 'ipv4', 6: 'ipv6' } as const)[isIP(address)]
}
