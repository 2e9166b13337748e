/**
 * Where this process may connect to when somebody else names the address: nowhere private, unless the operator allows it. Decided on
 * the address that a name resolves to at the moment of connecting, so that a name cannot change its meaning in between.
 */
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { MillraceError } from './errors.ts'

export interface Outbound {
  /** For `net.connect` and its like: resolves a name, and fails where one of its addresses may not be reached. */
  readonly lookup: LookupFunction
  /** For a host that is an address: those are never looked up. @throws MillraceError `forbidden`. */
  check(host: string): void
}

type Resolve = (
  host: string,
  options: { all: true },
  done: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void

/** `allowed`: names, addresses and networks (`10.0.0.0/8`), as in MILLRACE_ALLOWED_HOSTS. */
export function openOutbound(allowed: readonly string[], resolve: Resolve = systemLookup): Outbound {
  const names = new Set(allowed.filter((entry) => !ipaddr.isValid(bare(entry)) && !entry.includes('/')).map(lower))
  const networks = allowed.flatMap(networkOf)

  const mayReach = (address: string): boolean => {
    const ip = ipaddr.process(address)
    return ip.range() === 'unicast' || networks.some((network) => network[0].kind() === ip.kind() && ip.match(network))
  }
  return {
    check(host) {
      const address = bare(host)
      if (ipaddr.isValid(address) && !mayReach(address)) throw unreachable(host)
    },
    lookup(host, options, done) {
      resolve(host, { all: true }, (error, addresses) => {
        const isAllowed = names.has(lower(host)) || addresses?.every(({ address }) => mayReach(address))
        const failure = error ?? (isAllowed ? null : unreachable(host))
        const [first] = addresses ?? []
        if (failure || first === undefined) done(failure ?? unreachable(host), '', 0)
        else if (options.all) done(null, addresses)
        else done(null, first.address, first.family)
      })
    },
  }
}

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

function networkOf(entry: string): Network[] {
  const address = bare(entry)
  if (ipaddr.isValidCIDR(address)) return [ipaddr.parseCIDR(address)]
  if (!ipaddr.isValid(address)) return []
  const ip = ipaddr.process(address)
  return [[ip, ip.kind() === 'ipv4' ? 32 : 128]]
}

/** Without the brackets that an address of IPv6 has in a URL. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}

function lower(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function unreachable(host: string): MillraceError {
  return new MillraceError('forbidden', `${host} is a private or local address, which nobody may name here`, {
    hint: 'An operator can allow it: MILLRACE_ALLOWED_HOSTS takes names, addresses and networks.',
  })
}
