/** The text of a part as UTF-8, whatever it was written in, and its whole lines, some at a time. */
import { isUtf8 } from 'node:buffer'
import { blockBytes, UnreadableFile } from './file-bytes.ts'
import type { Part } from './parts.ts'
import type { Encoding } from './settings.ts'

export interface TextShape {
  readonly encoding: Encoding
  readonly markBytes: number
}

const headBytes = 256 * 1024
const newline = 0x0a
/** Longer than any event may be, so that what is too large is still told apart from what has no lines. */
const lineBytesMax = 16 * 1024 * 1024
const marks: readonly [Encoding, readonly number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** The first bytes, as they are. */
export async function headOf(part: Part): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of part.bytes(0)) {
    pieces.push(piece)
    length += piece.length
    if (length >= headBytes) break
  }
  return Buffer.concat(pieces).subarray(0, headBytes)
}

/** Without a byte order mark, what is no UTF-8 is Latin-1. */
export function shapeOf(head: Buffer, wanted: Encoding | 'auto'): TextShape {
  const [marked, mark] = marks.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte)) ?? []
  if (wanted !== 'auto') return { encoding: wanted, markBytes: marked === wanted ? mark!.length : 0 }
  if (marked !== undefined) return { encoding: marked, markBytes: mark!.length }
  const lastLine = head.lastIndexOf(newline)
  const whole = head.length < headBytes || lastLine < 0 ? head : head.subarray(0, lastLine)
  return { encoding: isUtf8(whole) ? 'utf-8' : 'latin1', markBytes: 0 }
}

/** From an offset in the text on, each piece good until the next is asked for; what is not written in UTF-8 is read from its beginning. */
export async function* textFrom(part: Part, { encoding, markBytes }: TextShape, from: number): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') return yield* part.bytes(markBytes + from, Buffer.allocUnsafeSlow(blockBytes))
  let at = 0
  for await (const bytes of decoded(part.bytes(markBytes), encoding)) {
    const skipped = Math.max(0, Math.min(bytes.length, from - at))
    at += bytes.length
    if (skipped < bytes.length) yield bytes.subarray(skipped)
  }
}

/**
 * Whole lines, about as many as come at once, good until the next are asked for. The last one may lack its end; where the file is being written (`isTorn`), that one is
 * left for the next time. @throws UnreadableFile: a line that never ends; bytes that are no UTF-8.
 */
export async function* linesIn(chunks: AsyncIterable<Buffer>, isTorn: boolean): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline) + 1
    if (end > 0) {
      const begun = rest.length === 0 ? 0 : chunk.indexOf(newline) + 1
      if (begun > 0) yield checked(Buffer.concat([...rest, chunk.subarray(0, begun)]))
      if (begun < end) yield checked(chunk.subarray(begun, end))
      rest = []
      restBytes = 0
    }
    if (end < chunk.length) rest.push(Buffer.from(chunk.subarray(end)))
    restBytes += chunk.length - end
    if (restBytes > lineBytesMax) throw new UnreadableFile(`a line of it is longer than ${lineBytesMax} bytes`)
  }
  if (restBytes > 0 && !isTorn) yield checked(Buffer.concat(rest))
}

export function decodeHead(head: Buffer, { encoding, markBytes }: TextShape): string {
  return new TextDecoder(encoding).decode(head.subarray(markBytes))
}

function checked(lines: Buffer): Buffer {
  if (isUtf8(lines)) return lines
  throw new UnreadableFile('it is not in UTF-8 all through: set the encoding to what it is in')
}

async function* decoded(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true })
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}
