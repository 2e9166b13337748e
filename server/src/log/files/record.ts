/**
 * The format of a segment file, drawn here and nowhere else. Numbers are little endian.
 *
 *   segment = header, then groups; preallocated, so that what follows the last group is zeros or older bytes
 *
 *   header, 512 bytes, written and synced before the file gets the name <first offset, 20 digits>.segment:
 *      0  8  "MLRSEGMT"
 *      8  4  version of the format: 3; 2 has zeros where groups that overlap are told, 1 has another checksum of records as well
 *     12  4  partition
 *     16 16  id of the log
 *     32  8  offset of the first event that the segment can hold
 *     40  4  salt: a random number for this use of the file
 *     44  4  flags; bit 0: offsets between the segment before and this one were lost, and given up by a repair
 *     48  4  CRC-32C of bytes 0 to 47
 *
 *   group = the records of one write and one sync, at the next multiple of 512, or of 4096 where the group before says so: no
 *   sector holds bytes of two groups, so that a write which power cuts short cannot harm what was acknowledged before. It counts
 *   whole or not at all.
 *
 *   record, at the next multiple of 8:
 *      0  4  salt of the segment
 *      4  4  CRC-32 (in version 1: CRC-32C) of everything behind it to the end of the body, seeded with the salt
 *      8  4  length of the body
 *     12  4  events in the body, at least 1
 *     16  8  offset of the first event
 *     24  6  when it was appended, ms since 1970 UTC
 *     30  2  length of the tag, at most 512; 0 for none
 *     32  4  number of the group: differs between any two writes to the same place
 *     36  4  records of the group that follow this one; 0 in the last
 *     40  8  offset of the first event of the group
 *     48  1  codec of the body: 0, as it is
 *     49  6  events right before the group that were not known to be durable when it was written
 *     55  1  1 where the next group begins at a multiple of 4096
 *     56     tag, body
 *
 * A recycled file holds whole records of its former life, with right checksums. They never pass as new ones: salt, seed and
 * offset differ. Nor does a record of a write that failed: the number of its group differs from its neighbours'.
 *
 * A large group is written while those before it are still on their way, and says so. Its number is one more than that of the
 * group before it: where that one was lost and another stands in its place, it does not count.
 *
 * So recovery, where it finds no whole group at offset E, cuts there as long as no record behind it was written when everything up
 * to a later offset was durable; one that was proves that E was acknowledged, and the segment is damaged.
 */
import assert from 'node:assert'
import { crc32, crc32c } from '@node-rs/crc32'
import { type LogAppend, tagBytesMax } from '../log.ts'
import { upTo } from './piece-writer.ts'

export const sectorBytes = 512
export const pageBytes = 4096
export const recordHeadBytes = 56
const magic = Buffer.from('MLRSEGMT')

/**
 * How the records of each version are summed up. CRC-32C finds a little more, but the library that we use takes twice as long for
 * it, which was most of the CPU time of appending large records.
 */
export const checksums = { 1: crc32c, 2: crc32, 3: crc32 } as const

export type FormatVersion = keyof typeof checksums
/** Of new segments. */
export const formatVersion: FormatVersion = 3
/** Any segment can be read as one of these: what version 3 has of its own is zeros in version 2. */
export const readableVersions = [1, 3] as const satisfies FormatVersion[]

export interface SegmentHeader {
  readonly version: FormatVersion
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
  /** Everything before this offset was durable when the group was written. */
  readonly durableTo: bigint
  readonly isNextAtPage: boolean
  readonly tag: Uint8Array | undefined
  readonly body: Uint8Array
}

/** What an index keeps of a record. */
export type FrameNote = Pick<Frame, 'place' | 'offset' | 'count' | 'appendedAt' | 'tag'>

export function encodeHeader({ version, partition, logId, base, salt, afterLoss }: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(sectorBytes)
  magic.copy(bytes)
  bytes.writeUInt32LE(version, 8)
  bytes.writeUInt32LE(partition, 12)
  bytes.write(logId, 16, 'hex')
  bytes.writeBigInt64LE(base, 32)
  bytes.writeUInt32LE(salt, 40)
  bytes.writeUInt32LE(afterLoss ? 1 : 0, 44)
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 48)), 48)
  return bytes
}

/** Undefined where the bytes are no header of a version that we know. */
export function decodeHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < sectorBytes || !bytes.subarray(0, 8).equals(magic)) return undefined
  const version = bytes.readUInt32LE(8)
  if (!isKnown(version) || crc32c(bytes.subarray(0, 48)) !== bytes.readUInt32LE(48)) return undefined
  return {
    version,
    partition: bytes.readUInt32LE(12),
    logId: bytes.toString('hex', 16, 32),
    base: bytes.readBigInt64LE(32),
    salt: bytes.readUInt32LE(40),
    afterLoss: bytes.readUInt32LE(44) === 1,
  }
}

function isKnown(version: number): version is FormatVersion {
  return version in checksums
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
  { version, salt }: Pick<SegmentHeader, 'version' | 'salt'>,
  place: number,
): Frame | undefined {
  const crc = checksums[version](bytes.subarray(at + 8, at + length), salt)
  if (crc !== bytes.readUInt32LE(at + 4)) return undefined
  const groupStart = bytes.readBigInt64LE(at + 40)
  const bodyAt = at + recordHeadBytes + bytes.readUInt16LE(at + 30)
  return {
    place,
    endPlace: place + upTo(8, length),
    offset: bytes.readBigInt64LE(at + 16),
    count: bytes.readUInt32LE(at + 12),
    appendedAt: bytes.readUIntLE(at + 24, 6),
    group: bytes.readUInt32LE(at + 32),
    following: bytes.readUInt32LE(at + 36),
    groupStart,
    durableTo: groupStart - BigInt(bytes.readUIntLE(at + 49, 6)),
    isNextAtPage: bytes[at + 55] === 1,
    tag: bodyAt > at + recordHeadBytes ? bytes.subarray(at + recordHeadBytes, bodyAt) : undefined,
    body: bytes.subarray(bodyAt, at + length),
  }
}

/** Whether a record may stand behind `previous` (undefined: at the start of its segment), holding the events from `offset` on. */
export function follows(previous: Frame | undefined, frame: Frame, offset: bigint): boolean {
  if (frame.offset !== offset) return false
  if (previous === undefined || previous.following === 0)
    return frame.groupStart === offset && (frame.durableTo === offset || previous?.group === numberBefore(frame.group))
  return frame.group === previous.group && frame.following === previous.following - 1
}

/** Numbers of groups go round. */
export const groupNumbers = 2 ** 32

function numberBefore(group: number): number {
  return (group + groupNumbers - 1) % groupNumbers
}

/** Where the record behind this one begins. */
export function nextPlace({ endPlace, following, isNextAtPage }: Frame): number {
  if (following !== 0) return endPlace
  return upTo(isNextAtPage ? pageBytes : sectorBytes, endPlace)
}
