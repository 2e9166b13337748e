/** Looks at the files of a log that is not open: what is in them, every checksum proved, and what is wrong. Changes nothing. */
import { MillraceError } from '../../errors.ts'
import type { LogRecord } from '../log.ts'
import { type Disk, openDisk } from './disk.ts'
import { readDurableEnd } from './durable-end.ts'
import { decodeEntries } from './index-file.ts'
import { openFileLogReader } from './reader.ts'
import type { SegmentHeader } from './record.ts'
import { type Damage, damageInLast } from './recovery.ts'
import { type SegmentScan, scanSegment } from './scan.ts'
import { readHeader, segmentBases, segmentName } from './segment.ts'
import { trustedSummary } from './segment-index.ts'
import { shareLog, SharedPartition } from './shared.ts'

export interface LogReport {
  /** 32 hexadecimal digits; undefined where no segment can be read. */
  readonly id: string | undefined
  readonly partitions: readonly PartitionReport[]
}

export interface PartitionReport {
  readonly partition: number
  /** First offset kept, and the one behind the last that can be read from there on. */
  readonly start: bigint
  readonly end: bigint
  readonly segments: readonly SegmentReport[]
  /** The first damage: nothing behind it is read until the partition is repaired. */
  readonly damage: Damage | undefined
}

export interface SegmentReport {
  readonly path: string
  readonly base: bigint
  /** Behind the last event that can be read. */
  readonly end: bigint
  readonly records: number
  /** Bytes up to the end of the last record, of those of the file. */
  readonly usedBytes: number
  readonly fileBytes: number
  /** Sealed segments have one; it is made again where it is missing. */
  readonly hasIndex: boolean
  /** A write that was never acknowledged is cut off at the end. */
  readonly isTorn: boolean
}

/** Reads all segments of all partitions. @throws MillraceError `not_found`: there is no log. */
export async function checkLog(folder: string, disk: Disk = openDisk()): Promise<LogReport> {
  const numbers = (await disk.list(folder)).filter((name) => /^\d+$/.test(name)).map(Number)
  if (numbers.length === 0) throw new MillraceError('not_found', `There is no log in ${folder}`)
  const id = await logId(disk, folder, numbers)
  const partitions: PartitionReport[] = []
  for (const partition of numbers.sort((a, b) => a - b)) partitions.push(await checkPartition(disk, folder, partition, id))
  return { id, partitions }
}

/**
 * The records of a partition from an offset on, up to its end.
 * @throws MillraceError `log_trimmed`; `log_corrupt` where the partition is damaged, after all that stands before the damage.
 */
export async function* dumpLog(
  folder: string,
  partition: number,
  from: bigint,
  signal: AbortSignal,
  disk: Disk = openDisk(),
): AsyncGenerator<LogRecord> {
  const report = (await checkLog(folder, disk)).partitions.find((found) => found.partition === partition)
  if (report === undefined) throw new MillraceError('not_found', `The log has no partition ${partition}`)
  const shared = shareLog(folder, partition + 1)
  const view = new SharedPartition(shared, partition)
  view.start = report.start
  view.end = report.end
  view.state = report.damage ? 'corrupt' : 'closed'
  yield* openFileLogReader(shared, disk).read(partition, from, signal)
}

async function logId(disk: Disk, folder: string, partitions: readonly number[]): Promise<string | undefined> {
  for (const partition of partitions)
    for (const base of segmentBases(await disk.list(`${folder}/${partition}`))) {
      const header = await withFile(disk, `${folder}/${partition}/${segmentName(base)}`, readHeader)
      if (header) return header.logId
    }
  return undefined
}

/** @internal Also the first step of a repair. */
export async function checkPartition(
  disk: Disk,
  logFolder: string,
  partition: number,
  id: string | undefined,
): Promise<PartitionReport> {
  const folder = `${logFolder}/${partition}`
  const bases = segmentBases(await disk.list(folder))
  const segments: SegmentReport[] = []
  const durableEnd = await readDurableEnd(disk, folder, id ?? '')
  const start = bases[0] ?? 0n
  let wanting = { path: folder, place: 0, offset: start }
  const damaged = (damage: Damage): PartitionReport => ({ partition, start, end: damage.offset, segments, damage })
  for (const base of bases) {
    const path = `${folder}/${segmentName(base)}`
    const read = await withFile(disk, path, (file) => readSegment(disk, folder, file))
    if (read === undefined || read.header.base !== base || read.header.partition !== partition || read.header.logId !== id)
      return damaged({ path, place: 0, offset: wanting.offset, reason: 'its header is not that of this segment' })
    const { header, scan, fileBytes, hasIndex, later } = read
    if (base !== wanting.offset && !(header.afterLoss && base > wanting.offset))
      return damaged({ ...wanting, reason: `event ${wanting.offset} is missing, the next segment begins at ${base}` })
    const { end, endPlace, isTorn, index } = scan
    const records = [...decodeEntries(index.entries())].length
    segments.push({ path, base, end, records, usedBytes: endPlace, fileBytes, hasIndex, isTorn })
    wanting = { path, place: scan.wanting.place, offset: end }
    if (base !== bases.at(-1)) continue
    const damage = damageInLast({ path, header, durableEnd, later, ...scan })
    if (damage) return damaged(damage)
  }
  if (bases.length === 0 && durableEnd !== undefined)
    return damaged({ ...wanting, reason: `its segments up to event ${durableEnd} are missing` })
  return { partition, start, end: wanting.offset, segments, damage: undefined }
}
