/**
 * The index of a sealed segment, <first offset, 20 digits>.index beside it: where each record stands, and its tag. It can be
 * made again from the segment at any time, so one that is missing or damaged costs a scan and nothing else. Little endian.
 *
 *   head, 96 bytes
 *      0  8  "MLRINDEX"
 *      8  4  version of the format, 1
 *     12  4  salt of the segment
 *     16 16  id of the log
 *     32  8  offset of the first event of the segment
 *     40  8  offset behind its last event
 *     48  4  where its last group ends
 *     52  4  length of the entries
 *     56  8  when the oldest record was appended, ms since 1970 UTC; 0 where there is none
 *     64  8  when the newest was
 *     72  4  CRC-32C of the entries
 *     76  4  records
 *     80 12  zeros
 *     92  4  CRC-32C of bytes 0 to 91
 *   entry, one for each record
 *      0  8  offset of its first event
 *      8  4  where it stands
 *     12  4  events in it
 *     16  6  when it was appended
 *     22  2  length of the tag
 *     24     tag
 */
import { crc32c } from '@node-rs/crc32'
import type { DiskFile } from './disk.ts'
import type { FrameNote, SegmentHeader } from './record.ts'
import { readFully } from './transfer.ts'

const magic = Buffer.from('MLRINDEX')
const formatVersion = 1
const headBytes = 96
const entryBytes = 24

export interface IndexSummary {
  readonly base: bigint
  readonly end: bigint
  readonly endPlace: number
  readonly oldestAt: number | undefined
  readonly newestAt: number | undefined
  readonly records: number
  /** Bytes of the whole file. */
  readonly bytes: number
}

/** Collects the entries of a segment while it is written or scanned. */
export class IndexBuilder {
  #entries = Buffer.allocUnsafeSlow(1024)
  #length = 0
  #records = 0
  #oldestAt: number | undefined
  #newestAt: number | undefined

  get records(): number {
    return this.#records
  }

  get oldestAt(): number | undefined {
    return this.#oldestAt
  }

  add({ offset, place, count, appendedAt, tag }: FrameNote): void {
    const at = this.#length
    this.#records++
    this.#reserve(entryBytes + (tag?.length ?? 0))
    this.#entries.writeBigInt64LE(offset, at)
    this.#entries.writeUInt32LE(place, at + 8)
    this.#entries.writeUInt32LE(count, at + 12)
    this.#entries.writeUIntLE(appendedAt, at + 16, 6)
    this.#entries.writeUInt16LE(tag?.length ?? 0, at + 22)
    if (tag) this.#entries.set(tag, at + entryBytes)
    this.#oldestAt = Math.min(this.#oldestAt ?? appendedAt, appendedAt)
    this.#newestAt = Math.max(this.#newestAt ?? appendedAt, appendedAt)
  }

  entries(): Buffer {
    return this.#entries.subarray(0, this.#length)
  }

  /** The whole file, and what its head says. */
  encode(
    { salt, logId, base }: SegmentHeader,
    end: bigint,
    endPlace: number,
  ): { bytes: Uint8Array[]; summary: IndexSummary } {
    const entries = this.entries()
    const head = Buffer.alloc(headBytes)
    magic.copy(head)
    head.writeUInt32LE(formatVersion, 8)
    head.writeUInt32LE(salt, 12)
    head.write(logId, 16, 'hex')
    head.writeBigInt64LE(base, 32)
    head.writeBigInt64LE(end, 40)
    head.writeUInt32LE(endPlace, 48)
    head.writeUInt32LE(entries.length, 52)
    head.writeBigInt64LE(BigInt(this.#oldestAt ?? 0), 56)
    head.writeBigInt64LE(BigInt(this.#newestAt ?? 0), 64)
    head.writeUInt32LE(crc32c(entries), 72)
    head.writeUInt32LE(this.#records, 76)
    head.writeUInt32LE(crc32c(head.subarray(0, headBytes - 4)), headBytes - 4)
    const bytes = headBytes + entries.length
    const summary = {
      base,
      end,
      endPlace,
      oldestAt: this.#oldestAt,
      newestAt: this.#newestAt,
      records: this.#records,
      bytes,
    }
    return { bytes: [head, entries], summary }
  }

  #reserve(bytes: number): void {
    const length = this.#length + bytes
    if (length > this.#entries.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.#entries.length * 2))
      this.#entries.copy(grown, 0, 0, this.#length)
      this.#entries = grown
    }
    this.#length = length
  }
}

/** What the head says; undefined where it is damaged or belongs to another segment. Reads nothing else. */
export async function readSummary(file: DiskFile, segment: SegmentHeader): Promise<IndexSummary | undefined> {
  return (await readHead(file, segment))?.summary
}

/** The entries, in order; undefined where the index is damaged or belongs to another segment. */
export async function readEntries(file: DiskFile, segment: SegmentHeader): Promise<Buffer | undefined> {
  const head = await readHead(file, segment)
  if (head === undefined) return undefined
  const entries = Buffer.allocUnsafe(head.summary.bytes - headBytes)
  await readFully(file, entries, headBytes)
  return crc32c(entries) === head.entriesCrc ? entries : undefined
}

async function readHead(file: DiskFile, { salt, logId, base }: SegmentHeader) {
  const head = Buffer.alloc(headBytes)
  await readFully(file, head, 0)
  const isWhole = crc32c(head.subarray(0, headBytes - 4)) === head.readUInt32LE(headBytes - 4)
  if (!isWhole || !head.subarray(0, 8).equals(magic) || head.readUInt32LE(8) !== formatVersion) return undefined
  if (head.readUInt32LE(12) !== salt || head.toString('hex', 16, 32) !== logId || head.readBigInt64LE(32) !== base)
    return undefined
  const bytes = headBytes + head.readUInt32LE(52)
  if ((await file.size()) < bytes) return undefined
  const isEmpty = bytes === headBytes
  const summary: IndexSummary = {
    base,
    end: head.readBigInt64LE(40),
    endPlace: head.readUInt32LE(48),
    oldestAt: isEmpty ? undefined : Number(head.readBigInt64LE(56)),
    newestAt: isEmpty ? undefined : Number(head.readBigInt64LE(64)),
    records: head.readUInt32LE(76),
    bytes,
  }
  return { summary, entriesCrc: head.readUInt32LE(72) }
}

/** The records that entries tell of. Tags are views of `entries`. */
export function* decodeEntries(entries: Buffer): Generator<FrameNote> {
  let at = 0
  while (at < entries.length) {
    const tagBytes = entries.readUInt16LE(at + 22)
    const tagAt = at + entryBytes
    yield {
      offset: entries.readBigInt64LE(at),
      place: entries.readUInt32LE(at + 8),
      count: entries.readUInt32LE(at + 12),
      appendedAt: entries.readUIntLE(at + 16, 6),
      tag: tagBytes > 0 ? entries.subarray(tagAt, tagAt + tagBytes) : undefined,
    }
    at = tagAt + tagBytes
  }
}
