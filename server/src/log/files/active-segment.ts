/** The segment that is written to: groups go in behind one another, and when it is full it is sealed. */
import { randomInt } from 'node:crypto'
import type { LogAppend } from '../log.ts'
import type { DiskFile } from './disk.ts'
import { type EncodedGroup, encodeGroup } from './encode-group.ts'
import type { IndexBuilder } from './index-file.ts'
import { upTo } from './piece-writer.ts'
import { groupNumbers, pageBytes, type SegmentHeader, sectorBytes } from './record.ts'
import type { LastSegment, SealedSegment } from './recovery.ts'
import { type Halt, writeFully, writeFullyAndSync, writeFullyDirect } from './transfer.ts'

/** What is written ahead of small groups in a file that never was a segment. */
const zeros = Buffer.alloc(512 * 1024)

export class ActiveSegment {
  readonly header: SegmentHeader
  readonly path: string
  readonly segmentBytes: number
  readonly index: IndexBuilder
  readonly #file: DiskFile
  /** Behind the last group that was accepted. */
  #end: bigint
  #place: number
  /** Behind the last group that was encoded. */
  #next: { readonly offset: bigint; readonly place: number }
  #group = randomInt(groupNumbers)
  /** Records of a write that failed may stand where the next group goes. */
  #isTorn: boolean
  /** Up to where the file was written before, as far as we know. */
  #allocatedTo: number

  constructor(segment: Omit<LastSegment, 'wanting'>, isRecycled = false) {
    const { header, path, segmentBytes, file, index, end, endPlace, isTorn } = segment
    this.header = header
    this.path = path
    this.segmentBytes = segmentBytes
    this.index = index
    this.#file = file
    this.#end = end
    this.#place = endPlace
    this.#next = { offset: end, place: endPlace }
    this.#isTorn = isTorn
    this.#allocatedTo = isRecycled ? segmentBytes : endPlace
  }

  /** Bytes that the next group may have to fit in. */
  get room(): number {
    return this.#capacity - this.#next.place
  }

  get #capacity(): number {
    return Math.floor(this.segmentBytes / pageBytes) * pageBytes
  }

  /** Whether a group may be written while another is on its way, which the format did not always tell. */
  get canOverlap(): boolean {
    return this.header.version >= 3
  }

  get end(): bigint {
    return this.#end
  }

  /** Whether every group that was encoded is accepted. */
  get isSettled(): boolean {
    return this.#next.offset === this.#end
  }

  /** Offset behind the last group that was encoded. */
  get nextOffset(): bigint {
    return this.#next.offset
  }

  /** The group that goes in behind the one that was encoded last; `memory` as for `encodeGroup`. */
  encode(appends: readonly LogAppend[], appendedAt: number, memory: Buffer | undefined): EncodedGroup {
    this.#group = (this.#group + 1) % groupNumbers
    const { version, salt } = this.header
    const { offset, place } = this.#next
    const durableTo = this.canOverlap ? this.#end : offset // or it is written when everything before is durable
    const group = encodeGroup(
      appends,
      { version, salt, group: this.#group, offset, durableTo, appendedAt, place },
      memory,
    )
    this.#next = { offset: group.end, place: group.nextPlace }
    return group
  }

  /** Groups that were encoded and not accepted are encoded again, with other places and offsets. */
  takeBack(): void {
    this.#next = { offset: this.#end, place: this.#place }
  }

  /**
   * Writes a group; it counts once it is synced and {@link accept}ed. What a failure leaves behind, the next group overwrites.
   * Tells whether it is synced already, and whether all of it went past the system's cache.
   */
  async write({ stamp, pieces, memory, bytes }: EncodedGroup, directPartBytes: number, halt: Halt) {
    this.#isTorn = true
    const { place } = stamp
    const end = place + bytes
    const filledTo = memory ? upTo(pageBytes, end) : this.#fillTo(place, end)
    this.#allocatedTo = Math.max(this.#allocatedTo, filledTo)
    if (memory === undefined) {
      const filled = [...pieces, zeros.subarray(0, filledTo - end)]
      return { isSynced: await writeFullyAndSync(this.#file, filled, place, bytes, halt), isPastCache: false }
    }
    const filled = memory.subarray(0, filledTo - place)
    filled.fill(0, bytes)
    return { isSynced: false, isPastCache: await writeFullyDirect(this.#file, filled, place, directPartBytes) }
  }

  /**
   * Zeros follow a group: to the end of its page, so that no page of a recycled file has to be read to be written in part; and
   * far beyond where nothing was written yet, so that the syncs of the next groups have no allocation to write down.
   */
  #fillTo(place: number, end: number): number {
    const pageEnd = upTo(pageBytes, end)
    const isSmall = end - place < zeros.length
    if (end <= this.#allocatedTo || !isSmall) return pageEnd
    return Math.max(pageEnd, Math.min(this.#capacity, Math.floor((end + zeros.length) / pageBytes) * pageBytes))
  }

  async sync(): Promise<void> {
    await this.#file.sync()
  }

  accept(group: EncodedGroup): void {
    for (const frame of group.frames) this.index.add(frame)
    this.#end = group.end
    this.#place = group.nextPlace
    this.#isTorn = this.#next.place > group.nextPlace // by those that are on their way
  }

  /** Makes sure that nothing which was refused can ever be read in this segment. @throws the error of the disk: try again. */
  async eraseTorn(halt: Halt): Promise<void> {
    if (!this.#isTorn) return
    await writeFully(this.#file, [Buffer.alloc(Math.min(sectorBytes, this.#capacity - this.#place))], this.#place)
    await halt.synced(this.#file)
    this.#isTorn = false
  }

  /** What is told of it from now on, and the bytes of its index. */
  sealed(): { segment: SealedSegment; index: Uint8Array[] } {
    const { header, path, segmentBytes } = this
    const { bytes, summary } = this.index.encode(header, this.#end, this.#place)
    const wanting = { offset: this.#end, place: this.#place }
    return { segment: { header, path, segmentBytes, wanting, ...summary }, index: bytes }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
