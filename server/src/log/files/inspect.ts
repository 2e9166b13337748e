/** Looks at the files of a log that is not open: what is in them, every checksum proved, and what is wrong. Changes nothing. */
import { MillraceError } from '../../errors.ts'
import type { LogRecord } from '../log.ts'
import { type Disk, openDisk } from './disk.ts'
import { openFileLogReader } from './reader.ts'
import { type Damage, recoverPartition } from './recovery.ts'
import { findLogId, partitionNumbers } from './segment.ts'
import { SharedPartition, shareLog } from './shared.ts'

export interface LogReport {
  /** 32 hexadecimal digits; undefined where no segment can be read. */
  readonly id: string | undefined
  readonly partitions: readonly PartitionReport[]
}

export interface PartitionReport {
  readonly partition: number
  /** First offset kept, and the one behind the last event that can be read from there on. */
  readonly start: bigint
  readonly end: bigint
  readonly segments: readonly SegmentReport[]
  /** A write that was cut short stands at the end; it was never acknowledged, and is overwritten. */
  readonly isTorn: boolean
  /** The first damage: nothing behind it is read until the partition is repaired. */
  readonly damage: Damage | undefined
}

export interface SegmentReport {
  readonly path: string
  readonly base: bigint
  /** Behind the last event. */
  readonly end: bigint
  readonly records: number
  /** Up to the end of the last record. */
  readonly usedBytes: number
  readonly fileBytes: number
}

/** Reads all there is. Segments at and behind a damage are not listed. @throws MillraceError `not_found`: there is no log. */
export async function checkLog(folder: string, disk: Disk = openDisk()): Promise<LogReport> {
  const numbers = await partitionNumbers(disk, folder)
  if (numbers.length === 0) throw new MillraceError('not_found', `There is no log in ${folder}`)
  const id = await findLogId(disk, folder)
  const partitions: PartitionReport[] = []
  for (const number of numbers) partitions.push(await checkPartition(folder, number, id, disk))
  return { id, partitions }
}

async function checkPartition(
  folder: string,
  partition: number,
  id: string | undefined,
  disk: Disk,
): Promise<PartitionReport> {
  const { sealed, last, damage } = await recoverPartition(disk, `${folder}/${partition}`, partition, id ?? '', 'check')
  await last?.file.close()
  const segments = sealed.map(({ path, base, end, records, endPlace, segmentBytes }) => {
    return { path, base, end, records, usedBytes: endPlace, fileBytes: segmentBytes }
  })
  if (last) {
    const { path, header, end, index, endPlace, segmentBytes } = last
    segments.push({
      path,
      base: header.base,
      end,
      records: index.records,
      usedBytes: endPlace,
      fileBytes: segmentBytes,
    })
  }
  const start = segments[0]?.base ?? damage?.offset ?? 0n
  const end = damage?.offset ?? last?.end ?? start
  return { partition, start, end, segments, isTorn: last?.isTorn ?? false, damage }
}

/**
 * The records of a partition from an offset on, up to its end.
 * @throws MillraceError `not_found`; `log_trimmed`; `log_corrupt` where the partition is damaged, after all before the damage.
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
