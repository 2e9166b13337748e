/** A file at an address: by ranges (RFC 9110 §14) where its server can, else fetched whole, as far as an answer may be large. */
import { MillraceError } from '../../../errors.ts'
import { type ConnectorHttp, type HttpAnswer, NotRetryable } from '../../connector.ts'
import type { FileBytes } from './file-bytes.ts'

const rangeBytes = 8 * 1024 * 1024

/** @throws NotRetryable, MillraceError as {@link ConnectorHttp}. */
export async function openRemoteFile(
  http: ConnectorHttp,
  url: string,
  authorization: string | undefined,
): Promise<FileBytes> {
  const { host, pathname } = new URL(url)
  const ask = (from: number) =>
    http.request(url, {
      headers: {
        // Compressed on the way, ranges would be of something else.
        'accept-encoding': 'identity',
        range: `bytes=${from}-${from + rangeBytes - 1}`,
        ...(authorization !== undefined && { authorization }),
      },
      credential: host,
    })
  const first = await ask(0)
  if (first.status >= 400 && first.status !== 416) throw new NotRetryable(`${host} answered ${first.status}`)
  const name = decodeName(pathname.split('/').findLast((part) => part !== '') ?? host)
  const version = versionOf(first)
  let window = { from: 0, bytes: Buffer.from(first.status === 416 ? [] : first.bytes) }
  const size = sizeOf(first, window.bytes)

  async function fill(from: number): Promise<void> {
    const answer = await ask(from)
    if (answer.status !== 206 || versionOf(answer) !== version || sizeOf(answer, Buffer.alloc(0)) !== size) {
      throw new MillraceError('source_unavailable', `${name} at ${host} changed while it was read`)
    }
    window = { from, bytes: Buffer.from(answer.bytes) }
  }
  return {
    name,
    size,
    version,
    async read(from, to) {
      const pieces: Buffer[] = []
      for (let at = from; at < to; ) {
        if (at < window.from || at >= window.from + window.bytes.length) await fill(at)
        const piece = window.bytes.subarray(at - window.from, to - window.from)
        if (piece.length === 0) throw new MillraceError('source_unavailable', `${host} sent nothing of a range`)
        pieces.push(piece)
        at += piece.length
      }
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    },
    isUnchanged: async () => true,
    async close() {},
  }
}

function versionOf({ headers }: HttpAnswer): string {
  return headers['etag'] ?? headers['last-modified'] ?? ''
}

/** `Content-Range: bytes 0-99/1234`; without one the answer is the file. */
function sizeOf({ status, headers }: HttpAnswer, bytes: Buffer): number {
  if (status === 416) return 0
  if (status !== 206) return bytes.length
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
  if (total === undefined) throw new NotRetryable('The server answers a range without saying how large the file is')
  return Number(total)
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name).replaceAll('/', '_')
  } catch {
    return name
  }
}
