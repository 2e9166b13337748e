/** How the next page is found, one way for each kind of paging: where the first one is, what to ask for, what comes behind it. */
import { type HttpAnswer, NotRetryable } from '../../connector.ts'
import type { Paging, Position } from './settings.ts'
import { valueAt } from './value-path.ts'

export interface PageRequest {
  readonly url: string
  readonly query: Readonly<Record<string, string>>
}

export interface PageAnswer {
  readonly http: HttpAnswer
  readonly json: unknown
  readonly recordCount: number
  /** The address that was asked, which a relative next one starts from. */
  readonly url: string
}

/** Where reading begins; '' where the first page is asked for by nothing. */
export function firstPosition(paging: Paging): Position {
  if (paging.type === 'page') return paging.first
  return paging.type === 'offset' ? 0 : ''
}

/** What a page is asked for by. An address that the source gave is taken as it is: it has all parameters in it. */
export function requestOf(paging: Paging, at: Position, { url, query }: PageRequest): PageRequest {
  if (isAddress(paging, at)) return { url: String(at), query: {} }
  const size = 'size' in paging && paging.size !== undefined ? { [paging.sizeParameter]: `${paging.size}` } : {}
  const place =
    'parameter' in paging && paging.parameter !== undefined && at !== '' ? { [paging.parameter]: `${at}` } : {}
  return { url, query: { ...query, ...size, ...place } }
}

/** Undefined behind the last page: an empty one, one without a cursor or a link, or one that says so. */
export function nextPosition(paging: Paging, at: Position, answer: PageAnswer): Position | undefined {
  switch (paging.type) {
    case 'none':
      return undefined
    case 'page':
      return answer.recordCount === 0 ? undefined : Number(at) + 1
    case 'offset':
      return answer.recordCount === 0 ? undefined : Number(at) + answer.recordCount
    case 'cursor':
      return nextCursor(paging, answer)
    case 'link':
      return sameHost(linkNext(answer.http.headers['link']), answer.url)
  }
}

function isAddress(paging: Paging, at: Position): boolean {
  return at !== '' && (paging.type === 'link' || (paging.type === 'cursor' && paging.parameter === undefined))
}

function nextCursor(paging: Paging & { type: 'cursor' }, { json, url }: PageAnswer): Position | undefined {
  if (paging.morePath !== undefined && !valueAt(json, paging.morePath)) return undefined
  const cursor = valueAt(json, paging.path)
  if (cursor === undefined || cursor === null || cursor === '' || cursor === false) return undefined
  if (typeof cursor !== 'string' && typeof cursor !== 'number') {
    throw new NotRetryable(`The cursor at ${JSON.stringify(paging.path)} is neither a text nor a number`)
  }
  return paging.parameter === undefined ? sameHost(String(cursor), url) : cursor
}

/** `<https://…?page=2>; rel="next", <…>; rel="last"`, RFC 8288. */
export function linkNext(header: string | undefined): string | undefined {
  for (const [, address, parameters] of (header ?? '').matchAll(
    /<([^>]*)>((?:\s*;\s*[^;,="\s]+(?:\s*=\s*(?:"[^"]*"|[^;,"\s]*))?)*)/g,
  )) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^;,"\s]*))/i.exec(parameters ?? '')
    if ((rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('next')) return address
  }
  return undefined
}

/** The next page is asked with the credentials of the first one: they go to no other host, and by no weaker way. */
function sameHost(address: string | undefined, from: string): string | undefined {
  if (address === undefined) return undefined
  const next = URL.canParse(address, from) ? new URL(address, from) : undefined
  const origin = new URL(from).origin
  if (next?.origin !== origin) {
    throw new NotRetryable(
      `The next page is said to be at ${next?.origin ?? 'no valid address'}, and this source reads from ${origin}`,
    )
  }
  return next.href
}
