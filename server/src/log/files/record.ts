/**
 * The format of a segment file, drawn here and nowhere else. Numbers are little endian.
 *
 *   segment = header, then groups; preallocated, so that what follows the last group is zeros or older bytes
 *
 *   header, 512 bytes, written and synced before the file gets the name <first offset, 20 digits>.segment:
 *      0  8  "MLRSEGMT"
 *      8  4  version of the format, 1
 *     12  4  partition
 *     16 16  id of the log
 *     32  8  offset of the first event that the segment can hold
 *     40  4  salt: a random number for this use of the file
 *     44  4  flags; bit 0: offsets between the segment before and this one were lost, and given up by a repair
 *     48  4  CRC-32C of bytes 0 to 47
 *
 *   group = the records of one write and one sync, at the next multiple of 512: no sector holds bytes of two groups, so that
 *   a write which power cuts short cannot harm what was acknowledged before. It counts whole or not at all.
 *
 *   record, at the next multiple of 8:
 *      0  4  salt of the segment
 *      4  4  CRC-32C of everything behind it to the end of the body, seeded with the salt
 *      8  4  length of the body
 *     12  4  events in the body, at least 1
 *     16  8  offset of the first event
 *     24  6  when it was appended, ms since 1970 UTC
 *     30  2  length of the tag, at most 512; 0 for none
 *     32  4  number of the group: differs between any two writes to the same place
 *     36  4  records of the group that follow this one; 0 in the last
 *     40  8  offset of the first event of the group
 *     48  1  codec of the body: 0, as it is
 *     49  7  zeros
 *     56     tag, body
 *
 * A recycled file holds whole records of its former life, with right checksums. They never pass as new ones: salt, seed and
 * offset differ. Nor does a record of a write that failed: the number of its group differs from its neighbours'.
 *
 * A group is written when all before it are durable. So recovery, where it finds no whole group at offset E, cuts there as long
 * as no record behind it begins a group past E; one that does proves that E was acknowledged, and the segment is damaged.
 */
import assert from 'node:assert'
import { crc32c } from '@node-rs/crc32'
import { type LogAppend, tagBytesMax } from '../log.ts'

export const sectorBytes = 512
export const pageBytes = 4096
export const recordHeadBytes = 56
const magic = Buffer.from('MLRSEGMT')
const formatVersion = 1
/** Body pieces up to this size are copied behind their heads: cheaper than one more piece to write and to sum up. */
const copiedBytesMax = 2048

export interface SegmentHeader {
  readonly partition: number
  /** 32 hexadecimal digits. */
  readonly logId: string
  readonly base: bigint
  readonly salt: number
  readonly afterLoss: boolean
}

export interface Frame {
  /** Where the record stands in its segment. */
  readonly place: number
  /** Where the next of its group stands, or would. */
  readonly endPlace: number
  readonly offset: bigint
  readonly count: number
  readonly appendedAt: number
  readonly group: number
  readonly following: number
  readonly groupStart: bigint
  readonly tag: Uint8Array | undefined
  readonly body: Uint8Array
}

export function encodeHeader({ partition, logId, base, salt, afterLoss }: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(sectorBytes)
  magic.copy(bytes)
  bytes.writeUInt32LE(formatVersion, 8)
  bytes.writeUInt32LE(partition, 12)
  bytes.write(logId, 16, 'hex')
  bytes.writeBigInt64LE(base, 32)
  bytes.writeUInt32LE(salt, 40)
  bytes.writeUInt32LE(afterLoss ? 1 : 0, 44)
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 48)), 48)
  return bytes
}

/** Undefined where the bytes are no header of this version. */
export function decodeHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < sectorBytes || !bytes.subarray(0, 8).equals(magic)) return undefined
  if (bytes.readUInt32LE(8) !== formatVersion || crc32c(bytes.subarray(0, 48)) !== bytes.readUInt32LE(48))
    return undefined
  return {
    partition: bytes.readUInt32LE(12),
    logId: bytes.toString('hex', 16, 32),
    base: bytes.readBigInt64LE(32),
    salt: bytes.readUInt32LE(40),
    afterLoss: bytes.readUInt32LE(44) === 1,
  }
}

export function bodyBytesOf({ body }: LogAppend): number {
  let bytes = 0
  for (const piece of body) bytes += piece.length
  return bytes
}

/** Bytes of the record in its segment, up to where the next may begin. */
export function recordBytes(append: LogAppend, bodyBytes: number): number {
  return upTo(8, recordHeadBytes + (append.tag?.length ?? 0) + bodyBytes)
}

/** @throws AssertionError: the caller broke the contract of `LogAppend`. */
export function assertAppend({ count, tag }: LogAppend, bodyBytes: number): void {
  assert(Number.isInteger(count) && count >= 1 && count <= 0x7fff_ffff, 'a record holds at least one event')
  assert((tag?.length ?? 0) <= tagBytesMax, 'the tag is too long')
  assert(bodyBytes <= 0x7fff_ffff, 'the body is too long')
}

export interface GroupStamp {
  readonly salt: number
  readonly group: number
  readonly offset: bigint
  readonly appendedAt: number
  /** Where in the segment the group is written, a multiple of 512. */
  readonly place: number
}

export interface EncodedGroup {
  /** The records, and zeros to the end of the page: so no page of a recycled file has to be read to be written in part. */
  readonly pieces: Uint8Array[]
  /** Bytes of the records. The group counts as written without the zeros, for it is read without them. */
  readonly bytes: number
  readonly frames: readonly FrameNote[]
  /** Offset behind the last event. */
  readonly end: bigint
  /** Where the next group begins. */
  readonly endPlace: number
}

/** What an index keeps of a record. */
export type FrameNote = Pick<Frame, 'place' | 'offset' | 'count' | 'appendedAt' | 'tag'>

export function encodeGroup(appends: readonly LogAppend[], stamp: GroupStamp): EncodedGroup {
  const { salt, place } = stamp
  const copied = Buffer.allocUnsafe(copiedBytes(appends) + pageBytes)
  const pieces: Uint8Array[] = []
  const frames: FrameNote[] = []
  let { offset } = stamp
  let at = 0 // in `copied`
  let spanAt = 0 // what of `copied` is not yet among the pieces
  let written = 0 // in the pieces before the span
  for (const [index, append] of appends.entries()) {
    at = zeroUpTo(8, copied, at, written)
    const headAt = at
    frames.push({
      place: place + written + at - spanAt,
      offset,
      count: append.count,
      appendedAt: stamp.appendedAt,
      tag: append.tag,
    })
    writeHead(copied, headAt, append, { ...stamp, start: stamp.offset, offset, following: appends.length - index - 1 })
    at += recordHeadBytes
    if (append.tag) {
      copied.set(append.tag, at)
      at += append.tag.length
    }
    let crc = salt
    let crcAt = headAt + 8
    for (const piece of append.body) {
      if (piece.length <= copiedBytesMax) {
        copied.set(piece, at)
        at += piece.length
        continue
      }
      crc = crc32c(piece, crc32c(copied.subarray(crcAt, at), crc))
      crcAt = at
      pieces.push(copied.subarray(spanAt, at), piece)
      written += at - spanAt + piece.length
      spanAt = at
    }
    if (crcAt < at) crc = crc32c(copied.subarray(crcAt, at), crc)
    copied.writeUInt32LE(crc, headAt + 4)
    offset += BigInt(append.count)
  }
  return { pieces, frames, end: offset, ...padded() }

  /** Zeros to the end of the page close the pieces. */
  function padded() {
    const groupEnd = place + written + at - spanAt
    const padding = upTo(pageBytes, groupEnd) - groupEnd
    copied.fill(0, at, at + padding)
    pieces.push(copied.subarray(spanAt, at + padding))
    return { bytes: groupEnd - place, endPlace: upTo(sectorBytes, groupEnd) }
  }

  /** Zeros until what is written so far, `before` bytes and those of the span, is a multiple of `step`. */
  function zeroUpTo(step: number, bytes: Buffer, from: number, before: number): number {
    const length = before + from - spanAt
    const to = from + upTo(step, length) - length
    bytes.fill(0, from, to)
    return to
  }
}

/** Room for all heads, tags and pieces that are copied. */
function copiedBytes(appends: readonly LogAppend[]): number {
  let bytes = 0
  for (const { tag, body } of appends) {
    bytes += recordHeadBytes + 8 + (tag?.length ?? 0)
    for (const piece of body) if (piece.length <= copiedBytesMax) bytes += piece.length
  }
  return bytes
}

function writeHead(
  bytes: Buffer,
  at: number,
  append: LogAppend,
  stamp: GroupStamp & { start: bigint; following: number },
): void {
  bytes.writeUInt32LE(stamp.salt, at)
  bytes.writeUInt32LE(bodyBytesOf(append), at + 8)
  bytes.writeUInt32LE(append.count, at + 12)
  bytes.writeBigInt64LE(stamp.offset, at + 16)
  bytes.writeUIntLE(stamp.appendedAt, at + 24, 6)
  bytes.writeUInt16LE(append.tag?.length ?? 0, at + 30)
  bytes.writeUInt32LE(stamp.group, at + 32)
  bytes.writeUInt32LE(stamp.following, at + 36)
  bytes.writeBigInt64LE(stamp.start, at + 40)
  bytes.fill(0, at + 48, at + recordHeadBytes)
}

/** Bytes that the record says it has, its head included; undefined where no record of the segment begins. */
export function announcedBytes(bytes: Buffer, at: number, salt: number): number | undefined {
  if (bytes.readUInt32LE(at) !== salt || bytes[at + 48] !== 0) return undefined
  return recordHeadBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt32LE(at + 8)
}

/** The record at `at`, which lies whole in `bytes`; undefined where its checksum is wrong. The body is a view of `bytes`. */
export function decodeRecord(
  bytes: Buffer,
  at: number,
  length: number,
  salt: number,
  place: number,
): Frame | undefined {
  const crc = crc32c(bytes.subarray(at + 8, at + length), salt)
  if (crc !== bytes.readUInt32LE(at + 4)) return undefined
  const bodyAt = at + recordHeadBytes + bytes.readUInt16LE(at + 30)
  return {
    place,
    endPlace: place + upTo(8, length),
    offset: bytes.readBigInt64LE(at + 16),
    count: bytes.readUInt32LE(at + 12),
    appendedAt: bytes.readUIntLE(at + 24, 6),
    group: bytes.readUInt32LE(at + 32),
    following: bytes.readUInt32LE(at + 36),
    groupStart: bytes.readBigInt64LE(at + 40),
    tag: bodyAt > at + recordHeadBytes ? bytes.subarray(at + recordHeadBytes, bodyAt) : undefined,
    body: bytes.subarray(bodyAt, at + length),
  }
}

/** Whether a record may stand behind `previous` (undefined: at the start of its segment), holding the events from `offset` on. */
export function follows(previous: Frame | undefined, frame: Frame, offset: bigint): boolean {
  if (frame.offset !== offset) return false
  if (previous === undefined || previous.following === 0) return frame.groupStart === offset
  return frame.group === previous.group && frame.following === previous.following - 1
}

/** Where the record behind this one begins. */
export function nextPlace({ endPlace, following }: Frame): number {
  return following === 0 ? upTo(sectorBytes, endPlace) : endPlace
}

export function upTo(step: number, bytes: number): number {
  return Math.ceil(bytes / step) * step
}
