/** Makes the bytes of a group of records, as `record.ts` draws them. */
import type { LogAppend } from '../log.ts'
import { copiedBytesMax, PieceWriter, upTo } from './piece-writer.ts'
import {
  bodyBytesOf,
  checksums,
  type FrameNote,
  pageBytes,
  recordHeadBytes,
  type SegmentHeader,
  sectorBytes,
} from './record.ts'

export interface GroupStamp extends Pick<SegmentHeader, 'version' | 'salt'> {
  readonly group: number
  readonly offset: bigint
  readonly appendedAt: number
  /** Where in the segment the group is written, a multiple of 512. */
  readonly place: number
  /** Everything before this offset is durable; where it is not that of the group, {@link group} is one more than the number before. */
  readonly durableTo: bigint
}

export interface EncodedGroup {
  readonly stamp: GroupStamp
  readonly pieces: Uint8Array[]
  /** Where the bytes lie, if they were laid into memory that was given. */
  readonly memory: Buffer | undefined
  /** Length of all pieces. */
  readonly bytes: number
  readonly frames: readonly FrameNote[]
  /** Offset behind the last event. */
  readonly end: bigint
  /** Where the next group begins. */
  readonly nextPlace: number
}

/**
 * The bytes of a group. Large pieces of bodies are among them as they are, the rest is copied; or everything is laid at the start
 * of `into`, where that is given, as one piece. The next group then begins at a page, so that writes past the cache do not share one.
 */
export function encodeGroup(appends: readonly LogAppend[], stamp: GroupStamp, into?: Buffer): EncodedGroup {
  const copied = into ?? Buffer.allocUnsafe(appends.reduce((sum, append) => sum + copiedBytes(append), 0))
  const writer = new PieceWriter(copied, checksums[stamp.version], into !== undefined)
  const isNextAtPage = into !== undefined && stamp.version >= 3
  const head = commonHead(stamp, isNextAtPage)
  const frames: FrameNote[] = []
  let { offset } = stamp
  let following = appends.length
  for (const append of appends) {
    const { count, tag, body } = append
    writer.alignTo(8)
    const place = stamp.place + writer.bytes
    frames.push({ place, offset, count, appendedAt: stamp.appendedAt, tag })
    const at = writer.copy(head)
    copied.writeUInt32LE(bodyBytesOf(append), at + 8)
    copied.writeUInt32LE(count, at + 12)
    copied.writeBigInt64LE(offset, at + 16)
    if (tag) copied.writeUInt16LE(tag.length, at + 30)
    copied.writeUInt32LE(--following, at + 36)
    writer.startSum(stamp.salt, recordHeadBytes - 8)
    if (tag) writer.add(tag)
    for (const piece of body) writer.add(piece)
    copied.writeUInt32LE(writer.sum(), at + 4)
    offset += BigInt(count)
  }
  const { bytes } = writer
  const nextPlace = upTo(isNextAtPage ? pageBytes : sectorBytes, stamp.place + bytes)
  return { stamp, pieces: writer.finish(), memory: into, bytes, frames, end: offset, nextPlace }
}

/** Room for the head, the tag and the pieces that are copied. */
function copiedBytes({ tag, body }: LogAppend): number {
  let bytes = recordHeadBytes + 8 + (tag?.length ?? 0)
  for (const piece of body) if (piece.length <= copiedBytesMax) bytes += piece.length
  return bytes
}

/** What the heads of all records of a group have in common; the rest are zeros. */
function commonHead({ salt, appendedAt, group, offset, durableTo }: GroupStamp, isNextAtPage: boolean): Buffer {
  const head = Buffer.alloc(recordHeadBytes)
  head.writeUInt32LE(salt, 0)
  head.writeUIntLE(appendedAt, 24, 6)
  head.writeUInt32LE(group, 32)
  head.writeBigInt64LE(offset, 40)
  head.writeUIntLE(Number(offset - durableTo), 49, 6)
  head.writeUInt8(isNextAtPage ? 1 : 0, 55)
  return head
}
