/**
 * A bucket of S3, or of what speaks like it (MinIO, R2, Garage, …): put, find, read by ranges, list, delete; signed as AWS has it
 * (Signature Version 4), bodies included. Buckets stand in the path, which every such store understands.
 */
import { createHash } from 'node:crypto'
import { AwsV4Signer } from 'aws4fetch'
import { MillraceError } from '../errors.ts'
import {
  type ObjectStore,
  objectChanged,
  type S3Place,
  type StoredObject,
  storeRefused,
  storeUnavailable,
} from '../object-store.ts'
import type { Exchange, ExchangeAnswer } from './exchange.ts'
import { listingOf } from './s3-listing.ts'
import { refusalOf, regionOf } from './s3-refusals.ts'

interface Asked {
  readonly query?: Record<string, string>
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array
}

/** A listing that goes on without telling anything does not end. */
const emptyPagesMax = 100

export function openS3Store(given: S3Place, exchange: Exchange): ObjectStore {
  const { bucket, prefix } = given
  let place = given
  let endpoint = endpointOf(place)

  /** Of Amazon's buckets it is told where they are: it is asked there from then on. */
  async function ask(method: string, key: string | undefined, more: Asked = {}): Promise<ExchangeAnswer> {
    const answer = await askHere(method, key, more)
    const region = answer.status < 300 || place.endpoint !== undefined ? undefined : regionOf(answer)
    if (region === undefined || region === place.region) return answer
    place = { ...place, region }
    endpoint = endpointOf(place)
    return askHere(method, key, more)
  }

  async function askHere(method: string, key: string | undefined, more: Asked): Promise<ExchangeAnswer> {
    const url = addressOf(endpoint, bucket, key)
    for (const [name, value] of Object.entries(more.query ?? {})) url.searchParams.set(name, value)
    // As the signature has it: a space is %20, and not +.
    url.search = url.search.replaceAll('+', '%20')
    const { body = new Uint8Array(), headers = {} } = more
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      accessKeyId: place.accessKeyId,
      secretAccessKey: place.secretAccessKey,
      service: 's3',
      region: place.region,
    }).sign()
    const request = {
      method,
      headers: { ...Object.fromEntries(signed.headers), 'accept-encoding': 'identity' },
      ...(method === 'PUT' && { body }),
      credential: `${endpoint.host} ${place.accessKeyId}`,
      isRaw: true,
    } as const
    try {
      return await exchange(url.href, request)
    } catch (error) {
      throw failureOf(error, endpoint.host)
    }
  }
  const refused = (answer: ExchangeAnswer) => refusalOf(answer, place, endpoint.host)

  return {
    async put(key, bytes) {
      const headers = {
        'content-type': 'application/octet-stream',
        ...(place.serverSideEncryption && { 'x-amz-server-side-encryption': 'AES256' }),
      }
      const answer = await ask('PUT', prefix + key, { headers, body: bytes })
      if (answer.status >= 300) throw refused(answer)
    },
    async find(key) {
      const answer = await ask('HEAD', prefix + key)
      // Nothing more is said of a HEAD: a listing says why, where it is not the object.
      if (answer.status === 404) return undefined
      if (answer.status >= 300) throw refused(answer)
      const size = Number(answer.headers['content-length'])
      if (!Number.isSafeInteger(size) || size < 0)
        throw storeUnavailable(`${endpoint.host} does not say how large ${key} is`)
      return { key, size, version: answer.headers['etag'] ?? answer.headers['last-modified'] ?? '' }
    },
    async read(object, from, to) {
      if (from >= to) return Buffer.alloc(0)
      const { key, size, version } = object
      const match: Record<string, string> = version.includes('"') ? { 'if-match': version } : {}
      const answer = await ask('GET', prefix + key, { headers: { range: `bytes=${from}-${to - 1}`, ...match } })
      if ([404, 412, 416].includes(answer.status)) throw objectChanged(key)
      if (answer.status >= 300) throw refused(answer)
      return rangeOf(answer, { key, size, version, from, to })
    },
    async *list(below) {
      let token: string | undefined
      let emptyPages = 0
      do {
        const answer = await ask('GET', undefined, {
          query: {
            'list-type': '2',
            'encoding-type': 'url',
            prefix: prefix + below,
            ...(token !== undefined && { 'continuation-token': token }),
          },
        })
        if (answer.status >= 300) throw refused(answer)
        const page = listingOf(answer.bytes, endpoint.host)
        const objects = page.objects.flatMap((object) =>
          object.key.startsWith(prefix + below) ? [{ ...object, key: object.key.slice(prefix.length) }] : [],
        )
        emptyPages = objects.length === 0 ? emptyPages + 1 : 0
        if (emptyPages > emptyPagesMax || (page.next !== undefined && page.next === token))
          throw storeRefused(`The listing of ${bucket} at ${endpoint.host} does not end`, 'Ask whoever runs the store.')
        yield objects
        token = page.next
      } while (token !== undefined)
    },
    async delete(key) {
      const answer = await ask('DELETE', prefix + key)
      if (answer.status >= 300 && answer.status !== 404) throw refused(answer)
    },
  }
}

/** Bodies of a store that answers ranges, and of one that does not. */
function rangeOf(
  { status, headers, bytes }: ExchangeAnswer,
  wanted: StoredObject & { from: number; to: number },
): Buffer {
  const { key, size, version, from, to } = wanted
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isOther = headers['etag'] !== undefined && version.includes('"') && headers['etag'] !== version
  if (isOther) throw objectChanged(key)
  const range = status === 206 ? whole : whole.subarray(from, to)
  const total = status === 206 ? Number(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? size) : whole.length
  if (total !== size) throw objectChanged(key)
  if (range.length !== to - from) throw storeUnavailable(`${key}: ${range.length} bytes came of ${to - from}`)
  return range
}

function endpointOf({ endpoint, region }: S3Place): URL {
  const url = URL.parse(endpoint ?? `https://s3.${region}.amazonaws.com`)
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '') return url
  throw storeRefused(
    `The endpoint ${endpoint} is no address`,
    'Write http:// or https://, a host, and a port where it needs one.',
  )
}

/** @throws MillraceError `object_store_refused`: no address can say this key. */
function addressOf(endpoint: URL, bucket: string, key: string | undefined): URL {
  const path = [bucket, ...(key === undefined ? [] : key.split('/'))]
  if (path.some((part) => part === '.' || part === '..') || key?.isWellFormed() === false)
    throw storeRefused(`The key ${key} cannot be asked for`, 'Its parts must not be . or .. .')
  const root = endpoint.pathname.replace(/\/+$/, '')
  return new URL(`${root}/${path.map(encoded).join('/')}`, endpoint)
}

function encoded(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function failureOf(error: unknown, host: string): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error
  if (!(error instanceof MillraceError)) return storeRefused(`${host}: ${error.message}`, 'Check the endpoint.', error)
  return error.retryable ? storeUnavailable(error.message, error) : error
}
