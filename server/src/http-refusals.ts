/** What is wrong with a request before anybody looks at what it wants: pure, and quick, since every request passes here. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { limits } from '@millrace/event/limits'
import { MillraceError } from './errors.ts'

export const httpLimits = {
  urlBytesMax: 8 * 1024,
  headersMax: 100,
} as const

/** Node admits both, and then tells the first of two Host headers and cuts a long list of headers silently. */
export function refusalOf({ rawHeaders, url = '' }: IncomingMessage): MillraceError | undefined {
  if (url.length > httpLimits.urlBytesMax) {
    return new MillraceError('uri_too_long', `The URL has more than ${httpLimits.urlBytesMax} bytes`)
  }
  if (rawHeaders.length / 2 > httpLimits.headersMax) {
    return new MillraceError('headers_too_large', `The request has more than ${httpLimits.headersMax} headers`)
  }
  if (countHosts(rawHeaders) > 1) {
    return new MillraceError('invalid_request', 'The request has more than one Host header')
  }
  return undefined
}

/** The intake sees to its own bodies, and takes in what is still on its way so that its answer is read. */
export function bodyRefusalOf({ headers }: IncomingMessage): MillraceError | undefined {
  if (Number(headers['content-length'] ?? 0) <= limits.requestBytesMax) return undefined
  return new MillraceError('request_too_large', `The body has more than ${limits.requestBytesMax} bytes`)
}

function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts
}

const absoluteForm = /^https?:\/\/([^/?#]*)/i

/** The host that an absolute URL in the request line names; undefined in the usual case that it is a path. */
export function authorityOf(url: string): string | undefined {
  return url.startsWith('/') ? undefined : absoluteForm.exec(url)?.[1]
}

/**
 * The path and query to route on: without scheme and host, runs of slashes as one, none at the end (wire contract G-1, G-2).
 * Nothing is decoded, so that `%2F` stays inside its segment (G-3).
 */
export function routedUrl(url: string): string {
  const local = url.startsWith('/') ? url : url.replace(absoluteForm, '')
  const queryAt = local.indexOf('?')
  const path = queryAt === -1 ? local : local.slice(0, queryAt)
  if (path.length > 1 && !path.includes('//') && !path.endsWith('/')) return local
  const plain = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  return (plain || '/') + (queryAt === -1 ? '' : local.slice(queryAt))
}

/**
 * Whether a Host may name this server. A page of another site can make its own name resolve to 127.0.0.1, or to an address inside a
 * network, and then talk to us as if we were its server, but only under that name.
 */
export function isOurHost(host: string, hostnames: readonly string[]): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  const address = name.startsWith('[') ? name.slice(1, -1) : name
  return isIP(address) > 0 || name === 'localhost' || name.endsWith('.localhost') || hostnames.includes(name)
}
