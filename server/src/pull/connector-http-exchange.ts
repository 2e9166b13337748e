/** One exchange of HTTP with an address that somebody else named: guarded, bounded in time and size, decompressed. */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import type { Outbound } from '../outbound.ts'
import type { HttpAnswer, HttpOptions } from './connector.ts'
import { NotRetryable, sourceUnavailable } from './connector.ts'

export interface ExchangeBounds {
  /** Bytes of an answer, decompressed too. */
  readonly bytesMax: number
  /** Between two pieces of an answer. */
  readonly idleMs: number
  /** Of a whole exchange, so that drips end too. */
  readonly totalMs: number
}

export type Exchange = (url: URL, options: HttpOptions) => Promise<HttpAnswer>

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) }

/** Connections are kept for the next exchange for a few seconds. */
export function openExchange(outbound: Outbound, { bytesMax, idleMs, totalMs }: ExchangeBounds, signal: AbortSignal) {
  const agents = { keepAlive: true, timeout: Math.min(idleMs, 5_000) }
  const http = new HttpAgent(agents)
  const https = new HttpsAgent(agents)

  /** @throws MillraceError `forbidden`, `source_unavailable`; NotRetryable: the answer is too large. */
  const exchange: Exchange = async (url, { method = 'GET', headers = {}, body, isRaw = false }) => {
    outbound.check(url.hostname)
    const isSecure = url.protocol === 'https:'
    const limit = AbortSignal.timeout(totalMs)
    const within = AbortSignal.any([signal, limit])
    const answered = async () => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sending = (isSecure ? requestHttps : requestHttp)(
          url,
          {
            method,
            headers: { 'user-agent': 'millrace', 'accept-encoding': 'gzip, deflate, br', ...headers },
            lookup: outbound.lookup,
            agent: isSecure ? https : http,
            signal: within,
          },
          resolve,
        )
        sending.setTimeout(idleMs, () => sending.destroy(new Error(`nothing came for ${idleMs / 1000} s`)))
        sending.on('error', reject)
        sending.end(body)
      })
      const sent = await bodyOf(response, bytesMax, url.host)
      const bytes = isRaw ? sent : await unpack(sent, response, bytesMax, url.host)
      return answerOf(response, bytes, url.host)
    }
    try {
      return await answered()
    } catch (error) {
      signal.throwIfAborted()
      limit.throwIfAborted() // what a body says that is cut short by it tells less
      throw error
    }
  }
  const close = () => {
    http.destroy()
    https.destroy()
  }
  return { exchange, close }
}

async function bodyOf(response: IncomingMessage, bytesMax: number, host: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > bytesMax) throw tooLarge(host, bytesMax)
    pieces.push(piece)
  }
  if (!response.complete) throw new Error('the answer was cut short')
  return Buffer.concat(pieces)
}

async function unpack(bytes: Buffer, response: IncomingMessage, bytesMax: number, host: string): Promise<Buffer> {
  const encoding = response.headers['content-encoding']?.toLowerCase()
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes
  const unpacker = encoding in unpackers ? unpackers[encoding as keyof typeof unpackers] : undefined
  if (unpacker === undefined) throw new NotRetryable(`${host} answers in an encoding that is unknown: ${encoding}`)
  try {
    return await unpacker(bytes, { maxOutputLength: bytesMax })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(host, bytesMax)
    throw error
  }
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer, host: string): HttpAnswer {
  const text = () => bytes.toString()
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    bytes,
    text,
    json() {
      try {
        return JSON.parse(text()) as unknown
      } catch (cause) {
        throw sourceUnavailable(`The answer of ${host} is no JSON`, { cause })
      }
    },
  }
}

function tooLarge(host: string, bytesMax: number): NotRetryable {
  return new NotRetryable(`An answer of ${host} is larger than ${bytesMax} bytes`)
}
