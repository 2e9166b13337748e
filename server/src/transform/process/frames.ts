/**
 * Frames of `guest-protocol.ts` as bytes. What is read comes from a process that may be hostile: every length is held against a limit
 * before a byte of it is kept, and memory grows with what arrived, never with what was announced.
 */
import { releaseOwn } from '../../heap.ts'

/** Bytes before the head: length of head, length of body. */
export const framePrefixBytes = 8

export interface FrameLimits {
  readonly headBytesMax: number
  readonly bodyBytesMax: number
}

export interface Frame {
  /** Parsed JSON, not believed yet. */
  readonly head: unknown
  readonly body: Buffer
}

/** The other side broke the rules: it said more than it may (`output`), or what is not a frame (`crash`). */
export class FrameError extends Error {
  readonly reason: 'output' | 'crash'

  constructor(reason: 'output' | 'crash', message: string) {
    super(message)
    this.reason = reason
  }
}

/** A frame, in parts that are written one after the other; a head that is text is JSON already. */
export function encodeFrame(head: object | string, body: Uint8Array = new Uint8Array(0)): Uint8Array[] {
  const text = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head))
  const prefix = Buffer.allocUnsafe(framePrefixBytes)
  prefix.writeUInt32LE(text.length, 0)
  prefix.writeUInt32LE(body.length, 4)
  return body.length === 0 ? [prefix, text] : [prefix, text, body]
}

export class FrameReader {
  #prefix = new Part(framePrefixBytes)
  /** Of the frame that is arriving; the limits were checked. */
  #parts: { readonly head: Part; readonly body: Part } | undefined

  /**
   * Takes what arrived and hands over each frame that is complete. The limits are asked for at the start of each frame, so that what a
   * frame says decides about the next.
   * @throws FrameError; the reader is of no use any more.
   */
  push(chunk: Uint8Array, limits: () => FrameLimits, receive: (frame: Frame) => void): void {
    let rest = chunk
    while (rest.length > 0) {
      rest = this.#prefix.fill(rest)
      if (!this.#prefix.isFull) return
      this.#parts ??= partsOf(this.#prefix.bytes, limits())
      const { head, body } = this.#parts
      rest = body.fill(head.fill(rest))
      if (!head.isFull || !body.isFull) return
      this.#prefix = new Part(framePrefixBytes)
      this.#parts = undefined
      receive({ head: parseHead(head.bytes), body: body.bytes })
    }
  }
}

/** Room that is made at once, whoever announces more: what most frames fit in. */
const grownBytesMin = 1024 * 1024

/** Bytes of a known number, while they arrive. */
class Part {
  readonly #length: number
  #filled = 0
  bytes: Buffer = Buffer.alloc(0)

  constructor(length: number) {
    this.#length = length
  }

  get isFull(): boolean {
    return this.#filled === this.#length
  }

  /** Takes what is missing and returns the rest. */
  fill(chunk: Uint8Array): Uint8Array {
    const taken = Math.min(chunk.length, this.#length - this.#filled)
    const needed = this.#filled + taken
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(this.#length, Math.max(needed, 2 * this.bytes.length, grownBytesMin)),
      )
      this.bytes.copy(grown, 0, 0, this.#filled)
      releaseOwn(this.bytes)
      this.bytes = grown
    }
    this.bytes.set(chunk.subarray(0, taken), this.#filled)
    this.#filled = needed
    return chunk.subarray(taken)
  }
}

function partsOf(prefix: Buffer, { headBytesMax, bodyBytesMax }: FrameLimits): { head: Part; body: Part } {
  const headBytes = prefix.readUInt32LE(0)
  const bodyBytes = prefix.readUInt32LE(4)
  if (headBytes === 0) throw new FrameError('crash', 'A frame has no head')
  if (headBytes > headBytesMax) throw new FrameError('output', `A head has ${headBytes} bytes; ${headBytesMax} may be`)
  if (bodyBytes > bodyBytesMax) throw new FrameError('output', `A body has ${bodyBytes} bytes; ${bodyBytesMax} may be`)
  return { head: new Part(headBytes), body: new Part(bodyBytes) }
}

function parseHead(head: Buffer): unknown {
  try {
    return JSON.parse(head.toString())
  } catch {
    throw new FrameError('crash', 'The head of a frame is not JSON')
  }
}
