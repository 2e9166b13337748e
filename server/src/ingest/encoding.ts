/** Content-Encoding: one layer of gzip, deflate or zstd, unpacked off the thread, a few at a time, and never beyond the limit. */
import { promisify } from 'node:util'
import {
  constants,
  gunzip,
  type InputType,
  inflate,
  type ZlibOptions,
  type ZstdOptions,
  zstdDecompress,
} from 'node:zlib'
import { MillraceError } from '../errors.ts'
import { tooLarge } from './body.ts'

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'zstd'

/** For the `Accept-Encoding` header of a refusal. */
export const acceptedEncodings = 'gzip, deflate, zstd'

/** @throws MillraceError `unsupported_encoding`: unknown, or several layers. */
export function encodingOf(header: string | undefined): Encoding {
  switch (header?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return 'identity'
    case 'gzip':
    case 'x-gzip':
      return 'gzip'
    case 'deflate':
      return 'deflate'
    case 'zstd':
      return 'zstd'
    default:
      throw new MillraceError('unsupported_encoding', 'The Content-Encoding is none that Millrace reads', {
        hint: `Use one of ${acceptedEncodings}, and only one layer of it.`,
      })
  }
}

export interface Unpacker {
  /** To at most `bytesMax`. @throws MillraceError `request_too_large`, or `invalid_request`: cut short, damaged, or followed by something else. */
  unpack(body: Buffer, encoding: Encoding, bytesMax: number): Promise<Buffer>
}

export interface UnpackerLimits {
  /** Bodies unpacked at one time; the others wait in line. */
  readonly concurrentMax: number
}

export function openUnpacker({ concurrentMax }: UnpackerLimits): Unpacker {
  const waiting: (() => void)[] = []
  let running = 0
  const enter = async () => {
    if (running < concurrentMax) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
  return {
    async unpack(body, encoding, bytesMax) {
      if (encoding === 'identity') return body
      await enter()
      try {
        const { buffer, engine } = await decoders[encoding](body, { maxOutputLength: bytesMax, info: true })
        if (engine.bytesWritten < body.length) throw damaged(encoding, 'something follows its end')
        return buffer
      } catch (error) {
        throw refusalOf(error, encoding, bytesMax)
      } finally {
        leave()
      }
    },
  }
}

type Decoder = (
  body: InputType,
  options: (ZlibOptions | ZstdOptions) & { maxOutputLength: number; info: true },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>

/** With `info` the decoders tell more than their types say. */
const informed = (decoder: unknown) => promisify(decoder as Parameters<typeof promisify>[0]) as unknown as Decoder

const decoders: Record<Exclude<Encoding, 'identity'>, Decoder> = {
  gzip: informed(gunzip),
  deflate: informed(inflate),
  zstd: (body, options) =>
    informed(zstdDecompress)(body, {
      ...options,
      // A window of 8 MiB is what RFC 8878 §3.1.1.1.2 asks every decoder to have; more would be the sender's choice of our memory.
      params: { [constants.ZSTD_d_windowLogMax]: 23 },
    }),
}

function refusalOf(error: unknown, encoding: Encoding, bytesMax: number): unknown {
  if (error instanceof MillraceError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(bytesMax)
  return /^(Z_|ZSTD_)/.test(code) ? damaged(encoding, 'it is cut short or damaged', error) : error
}

function damaged(encoding: Encoding, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('invalid_request', `The body is no ${encoding}: ${reason}`, { cause })
}
