/** Who is at the other end, as far as an address tells: what counts as one client, and which of them only pass others on. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** What one client has: an IPv4 address, or the /64 network of an IPv6 address, which is the least that anybody is given. */
export function clientOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined) return v4
  if (!isIPv6(address)) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const embedded = after.at(-1)?.includes('.') ? 1 : 0 // a dotted quad stands for two groups
  if (tail !== undefined) while (groups.length + after.length + embedded < 8) groups.push('0')
  const network = [...groups, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

/** Whether text is an IP address, or a network of them (`10.0.0.0/8`). */
export function isNetwork(text: string): boolean {
  const { address, prefix } = parts(text)
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0
  return bits > 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
}

/** Tells whether an address is in one of the networks. */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const { address, prefix } = parts(network)
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function parts(network: string): { address: string; prefix: string | undefined } {
  const [address = '', prefix] = network.split('/', 2)
  return { address, prefix }
}
