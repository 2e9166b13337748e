/**
 * gzip of request bodies. What Node makes for each call of `gzipSync` stays until old memory is swept: some 60 KB a call, tens of MB in
 * a burst. So one compressor works for all of them and writes behind the body, into memory that is used again. Node has no public
 * call for that; the one it uses itself is tried out first, and where it is not what it was `gzipSync` does the work.
 */
import { promisify } from 'node:util'
import { constants, createGzip, gunzipSync, gzip, gzipSync } from 'node:zlib'

const gzipped = promisify<string | Uint8Array, object, Buffer>(gzip)
const settings = { level: constants.Z_BEST_SPEED }
/** Below it, a thread costs more than the work: a quarter of all the CPU of an event. It takes a millisecond or two. */
const gzipHereCharsMax = 300 * 1024

/** `spare`: where the outcome is written, if it fits. */
export async function gzipBody(body: string | Uint8Array, spare?: Uint8Array): Promise<Uint8Array> {
  if (body.length > gzipHereCharsMax) return gzipped(body, settings)
  compressor ??= openCompressor()
  return (typeof body !== 'string' && spare && compressor(body, spare)) || gzipSync(body, settings)
}

/** Undefined: it does not fit. */
type Compressor = (body: Uint8Array, spare: Uint8Array) => Uint8Array | undefined

let compressor: Compressor | undefined

function openCompressor(): Compressor {
  const compress = compressorOf(createGzip(settings) as unknown as Internals)
  try {
    const sample = Buffer.from('{"a":1}\n'.repeat(100))
    const isRight = [1, 2].every(() => gunzipSync(compress(sample, Buffer.alloc(1000))!).equals(sample))
    if (isRight && compress(sample, Buffer.alloc(20)) === undefined) return compress
  } catch {
    // another runtime, or a Node to come
  }
  return () => undefined
}

/** Of Node's compressor, what its own synchronous calls use. */
interface Internals {
  readonly _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputBytes: number,
      output: Uint8Array,
      outputAt: number,
      outputBytes: number,
    ): void
  }
  /** What was left after it: bytes of the output, and of the input. */
  readonly _writeState: Uint32Array
  reset(): void
}

function compressorOf(internals: Internals): Compressor {
  return (body, spare) => {
    internals.reset()
    internals._handle.writeSync(constants.Z_FINISH, body, 0, body.length, spare, 0, spare.length)
    const [outputLeft, inputLeft] = internals._writeState
    return inputLeft === 0 && outputLeft! > 0 ? spare.subarray(0, spare.length - outputLeft!) : undefined
  }
}
