/** A reader's place in one segment, and the way from one segment to the next. */
import { MillraceError } from '../../errors.ts'
import type { Disk, DiskFile } from './disk.ts'
import { decodeEntries, readEntries } from './index-file.ts'
import { type Frame, follows, nextPlace, type SegmentHeader, sectorBytes } from './record.ts'
import { damaged, FrameWindow, openSegment, segmentBases, segmentName } from './segment.ts'
import { fromIndex } from './segment-index.ts'
import type { SharedPartition } from './shared.ts'

/** The files of one partition, as a reader sees them. */
export interface PartitionFiles {
  readonly disk: Disk
  readonly folder: string
  readonly partition: number
  readonly shared: SharedPartition
}

export class SegmentCursor {
  readonly #files: PartitionFiles
  readonly #file: DiskFile
  readonly #header: SegmentHeader
  readonly #window: FrameWindow
  #place = sectorBytes
  #offset: bigint
  #previous: Frame | undefined
  /** The index told the place, so the record before it is not known. */
  #isInside = false

  constructor(files: PartitionFiles, file: DiskFile, header: SegmentHeader) {
    this.#files = files
    this.#file = file
    this.#header = header
    this.#window = new FrameWindow(file, header)
    this.#offset = header.base
  }

  get isAfterLoss(): boolean {
    return this.#header.afterLoss
  }

  /** Of the next record. */
  get offset(): bigint {
    return this.#offset
  }

  /** The next record, its checksum proved; undefined where none follows in this segment. */
  async next(): Promise<Frame | undefined> {
    const frame = await this.#peek()
    if (frame) this.#pass(frame)
    return frame
  }

  /** Reads again what may have been written since. */
  forget(): void {
    this.#window.forget()
  }

  /** Goes to the record that holds the event, or to where it would stand. The event must be durable. */
  async seek(offset: bigint): Promise<void> {
    const { disk, folder } = this.#files
    const entries = await fromIndex(disk, folder, this.#header, readEntries)
    if (entries) {
      for (const entry of decodeEntries(entries)) {
        if (entry.offset > offset) break
        this.#place = entry.place
        this.#offset = entry.offset
        this.#isInside = true
      }
    }
    for (;;) {
      const frame = await this.#peek()
      if (frame === undefined || frame.offset + BigInt(frame.count) > offset) return
      this.#pass(frame)
    }
  }

  /**
   * The cursor behind this one, which has no next record although one is durable.
   * @throws MillraceError `log_trimmed`: the file was given back meanwhile; `log_corrupt`: the record is damaged.
   */
  async moveOn(): Promise<SegmentCursor> {
    const { disk, folder, partition, shared } = this.#files
    const offset = this.#offset
    const next = offset === this.#header.base ? undefined : await openBase(this.#files, offset)
    if (next) return next
    if (offset < shared.start) throw trimmed(partition, offset, shared.start)
    const base = segmentBases(await disk.list(folder)).find((base) => base > offset)
    const later = base === undefined ? undefined : await openBase(this.#files, base)
    if (later?.isAfterLoss) return later
    await later?.close()
    throw damaged(`${folder}/${segmentName(this.#header.base)}`, this.#place, `event ${offset} cannot be read`)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #peek(): Promise<Frame | undefined> {
    const frame = await this.#window.frameAt(this.#place)
    if (frame === undefined) return undefined
    const isNext = this.#isInside ? frame.offset === this.#offset : follows(this.#previous, frame, this.#offset)
    return isNext ? frame : undefined
  }

  #pass(frame: Frame): void {
    this.#previous = frame
    this.#isInside = false
    this.#place = nextPlace(frame)
    this.#offset = frame.offset + BigInt(frame.count)
  }
}

/** A cursor at the record that holds a durable event. @throws MillraceError `log_trimmed`, `log_corrupt`. */
export async function openCursor(files: PartitionFiles, offset: bigint): Promise<SegmentCursor> {
  const { disk, folder, partition, shared } = files
  const base = segmentBases(await disk.list(folder)).findLast((base) => base <= offset)
  const cursor = base === undefined ? undefined : await openBase(files, base)
  if (offset < shared.start) {
    await cursor?.close()
    throw trimmed(partition, offset, shared.start)
  }
  if (cursor === undefined)
    throw new MillraceError('log_corrupt', `${folder} has no readable segment that holds event ${offset}`)
  try {
    await cursor.seek(offset)
    return cursor
  } catch (error) {
    await cursor.close()
    throw error
  }
}

async function openBase(files: PartitionFiles, base: bigint): Promise<SegmentCursor | undefined> {
  const segment = await openSegment(files.disk, `${files.folder}/${segmentName(base)}`)
  if (segment?.header.base === base) return new SegmentCursor(files, segment.file, segment.header)
  await segment?.file.close()
  return undefined
}

export function trimmed(partition: number, offset: bigint, start: bigint): MillraceError {
  return new MillraceError(
    'log_trimmed',
    `Partition ${partition} is kept from event ${start} on; event ${offset} is gone`,
    {
      hint: 'Put the missing segments back; or stop the server and say `millrace log accept-loss`, which goes on behind them.',
    },
  )
}
