/** One segment file: its names, its header, and the records in it, each of them proved before it is told. */
import { MillraceError } from '../../errors.ts'
import type { Disk, DiskFile } from './disk.ts'
import {
  announcedBytes,
  decodeHeader,
  decodeRecord,
  type Frame,
  recordHeadBytes,
  type SegmentHeader,
  sectorBytes,
} from './record.ts'
import { readFully } from './transfer.ts'

const digits = 20

export function segmentName(base: bigint): string {
  return `${base.toString().padStart(digits, '0')}.segment`
}

export function indexName(base: bigint): string {
  return `${base.toString().padStart(digits, '0')}.index`
}

/** First offsets of the segments among these names, in order. */
export function segmentBases(names: readonly string[]): bigint[] {
  const bases = names.filter((name) => /^\d{20}\.segment$/.test(name)).map((name) => BigInt(name.slice(0, digits)))
  return bases.sort((a, b) => (a < b ? -1 : 1))
}

/** Undefined where the file does not begin with a header. */
export async function readHeader(file: DiskFile): Promise<SegmentHeader | undefined> {
  const bytes = Buffer.alloc(sectorBytes)
  const length = await readFully(file, bytes, 0)
  return decodeHeader(bytes.subarray(0, length))
}

/** Opens a segment to read it; undefined where there is none of this name, or it is about to become another one. */
export async function openSegment(
  disk: Disk,
  path: string,
): Promise<{ file: DiskFile; header: SegmentHeader } | undefined> {
  const file = await disk.open(path, 'read').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  const header = await readHeader(file)
  if (header !== undefined) return { file, header }
  await file.close()
  return undefined
}

/** The id in the first readable header of a log's folder; undefined in a new log. */
export async function findLogId(disk: Disk, folder: string): Promise<string | undefined> {
  for (const partition of await partitionNumbers(disk, folder)) {
    for (const base of segmentBases(await disk.list(`${folder}/${partition}`))) {
      const segment = await openSegment(disk, `${folder}/${partition}/${segmentName(base)}`)
      if (segment === undefined) continue
      await segment.file.close()
      return segment.header.logId
    }
  }
  return undefined
}

/** Partitions in a log's folder, in order. */
export async function partitionNumbers(disk: Disk, folder: string): Promise<number[]> {
  const names = await disk.list(folder)
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}

export function damaged(path: string, place: number, reason: string): MillraceError {
  return new MillraceError('log_corrupt', `${path} is damaged at byte ${place}: ${reason}`, {
    hint: 'Stop the server, then `millrace log check` says what is damaged and `millrace log repair` what can be saved.',
  })
}

/** A reader at the tail reads little at a time, one that has far to go much. */
const windowBytesMin = 16 * 1024
const windowBytesMax = 1024 * 1024
const windowGrowth = 4

/** The records of a segment file through a window that grows while it is read in order. */
export class FrameWindow {
  readonly #file: DiskFile
  readonly #header: Pick<SegmentHeader, 'version' | 'salt'>
  #bytes = Buffer.alloc(0)
  #start = 0
  #length = 0
  #fillBytes = windowBytesMin

  constructor(file: DiskFile, header: Pick<SegmentHeader, 'version' | 'salt'>) {
    this.#file = file
    this.#header = header
  }

  /**
   * The record at a place, its checksum proved; undefined where none stands. Its views are valid until the next call.
   * What the window holds is told from memory: call {@link forget} when the file may have changed.
   */
  async frameAt(place: number): Promise<Frame | undefined> {
    if (!this.#holds(place, recordHeadBytes)) await this.#fill(place, recordHeadBytes)
    if (!this.#holds(place, recordHeadBytes)) return undefined
    const length = announcedBytes(this.#bytes, place - this.#start, this.#header.salt)
    if (length === undefined) return undefined
    if (!this.#holds(place, length)) {
      if (place + length > (await this.#file.size())) return undefined
      await this.#fill(place, length)
    }
    if (!this.#holds(place, length)) return undefined
    return decodeRecord(this.#bytes, place - this.#start, length, this.#header, place)
  }

  /** What was read is read again: it may have been written since. */
  forget(): void {
    this.#length = 0
    this.#fillBytes = windowBytesMin
  }

  #holds(place: number, bytes: number): boolean {
    return place >= this.#start && place + bytes <= this.#start + this.#length
  }

  async #fill(place: number, bytes: number): Promise<void> {
    const want = Math.max(bytes, this.#fillBytes)
    if (this.#bytes.length < want) this.#bytes = Buffer.allocUnsafeSlow(want)
    this.#length = 0
    this.#start = place
    this.#length = await readFully(this.#file, this.#bytes.subarray(0, want), place)
    this.#fillBytes = Math.min(windowBytesMax, this.#fillBytes * windowGrowth)
  }
}
