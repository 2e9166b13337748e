/**
 * A log in files: `<folder>/<partition>/<first offset, 20 digits>.segment`, the format of which `record.ts` draws. Nothing here
 * keeps a second process out of the folder: whoever opens it sees to that.
 */
import { randomBytes } from 'node:crypto'
import { MillraceError } from '../../errors.ts'
import type { Logger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { type Disk, openDisk } from './disk.ts'
import { DiskBudget } from './disk-budget.ts'
import { makeFolder } from './folders.ts'
import { openPartition } from './open-partition.ts'
import type { Partition } from './partition.ts'
import { openFileLogReader } from './reader.ts'
import { pageBytes } from './record.ts'
import { findLogId } from './segment.ts'
import { type SharedLog, shareLog } from './shared.ts'
import { syncThread } from './sync-thread.ts'
import { Halt } from './transfer.ts'

export interface FileLogSettings {
  /** Size of a segment file, a multiple of 4096; default 64 MiB, or a quarter of a smaller budget. A record must fit into one. */
  readonly segmentBytes?: number
  /** Bytes that are written and synced together, as far as they are more than one record; default 2 MiB. */
  readonly groupBytesMax?: number
  /** How long a record is kept at least, ms. Without this and `retentionBytes` it is kept until the budget runs short. */
  readonly retentionAgeMs?: number
  /** How many bytes of segments a partition keeps at most, as far as its floor allows. */
  readonly retentionBytes?: number
  /** What all files of the log may take. When hardly any is left appends are refused, and what is not needed is kept no longer. */
  readonly diskBudgetBytes: number
}

export interface FileLogTask {
  /** Made if it is missing. */
  readonly folder: string
  readonly partitions: number
  readonly settings: FileLogSettings
  readonly logger: Logger
  readonly disk?: Disk
  /** ms since 1970 UTC. */
  readonly clock?: () => number
}

export interface FileLog extends Log {
  /** 32 hexadecimal digits, the same for as long as the log lives. */
  readonly id: string
  /**
   * Has the next event of an empty partition get this offset, which lies past its end: where a destination has loaded more than
   * the log ever held, the offsets before must not be given again. Before anything is appended.
   */
  beginAt(partition: number, offset: bigint): Promise<void>
  /** What `openFileLogReader` needs in another thread; structured-cloneable. */
  readonly shared: SharedLog
}

const segmentBytesDefault = 64 * 1024 * 1024
/** A disk is at its best by here. Groups that are on their way at the same time are half as large. */
const groupBytesDefault = 2 * 1024 * 1024

/**
 * Opens a log and recovers it; a damaged partition is told by its status and keeps no other from working.
 * @throws MillraceError `storage_full`: no room for the first segment; `log_stopped`: the disk failed; `conflict`: the folder
 * holds more partitions than asked for.
 */
export async function openFileLog(task: FileLogTask): Promise<FileLog> {
  const { folder, partitions, settings, logger, disk = openDisk(syncThread), clock = Date.now } = task
  const {
    segmentBytes = segmentBytesWithin(settings.diskBudgetBytes),
    groupBytesMax = groupBytesDefault,
    diskBudgetBytes,
    ...rule
  } = settings
  if (segmentBytes % pageBytes !== 0) throw new RangeError('segmentBytes must be a multiple of 4096')
  const halt = new Halt((error) => logger.error('log stopped', { error }))
  const opened: Partition[] = []
  try {
    await makeFolders(disk, folder, partitions)
    const id = (await findLogId(disk, folder)) ?? randomBytes(16).toString('hex')
    const shared = shareLog(folder, partitions)
    const budget = new DiskBudget(diskBudgetBytes, segmentBytes, disk, folder, clock)
    const log = { folder, logId: id, segmentBytes, groupBytesMax, rule, disk, budget, shared, halt, logger, clock }
    for (let number = 0; number < partitions; number++) opened.push(await openPartition(log, number))
    return present(opened, { id, shared, disk })
  } catch (error) {
    await closeAll(opened).catch(() => {})
    throw halt.failure(error)
  }
}

/**
 * A budget is four segments at least: one is written to, the next lies ready, and the others are full and on their way to the
 * tables. With fewer the log would refuse appends until the only full one is loaded.
 */
function segmentBytesWithin(budgetBytes: number): number {
  return Math.min(segmentBytesDefault, Math.floor(budgetBytes / 4 / pageBytes) * pageBytes)
}

function present(
  partitions: readonly Partition[],
  { id, shared, disk }: Pick<FileLog, 'id' | 'shared'> & { disk: Disk },
): FileLog {
  const partitionOf = (number: number) => {
    const partition = partitions[number]
    if (partition === undefined) throw new RangeError(`The log has no partition ${number}`)
    return partition
  }
  let closed: Promise<void> | undefined
  return {
    id,
    shared,
    ...openFileLogReader(shared, disk),
    append: async (append) => partitionOf(append.partition).append(append),
    recentTags: (number, since) => partitionOf(number).recentTags(since),
    beginAt: async (number, offset) => partitionOf(number).beginAt(offset),
    trim: async (number, floor) => partitionOf(number).trim(floor),
    status: (number) => partitionOf(number).status(),
    close: () => (closed ??= closeAll(partitions)),
  }
}

async function closeAll(partitions: readonly Partition[]): Promise<void> {
  for (const partition of partitions) await partition.close()
}

async function makeFolders(disk: Disk, folder: string, partitions: number): Promise<void> {
  const present = await disk.list(folder)
  const surplus = present.find((name) => /^\d+$/.test(name) && Number(name) >= partitions)
  if (surplus !== undefined)
    throw new MillraceError('conflict', `${folder} holds partition ${surplus}, but only ${partitions} are configured`)
  for (let number = 0; number < partitions; number++) await makeFolder(disk, `${folder}/${number}`)
}
