/**
 * Makes a damaged log that is not open usable again, and says what that cost. Damaged files are copied to `quarantine/` first.
 * What is lost keeps its offsets: nothing else ever gets them, so that no destination takes something new for something that it
 * has loaded, and a reader passes from the last event before a gap to the first behind it.
 */
import { MillraceError } from '../../errors.ts'
import { type Disk, type DiskFile, openDisk } from './disk.ts'
import { readDurableEnd } from './durable-end.ts'
import { syncFolder } from './folders.ts'
import { keepCopy } from './quarantine.ts'
import { encodeHeader, type Frame, type SegmentHeader, sectorBytes } from './record.ts'
import { type Damage, recoverPartition } from './recovery.ts'
import { endOf, recordsBehind, writeSegment } from './salvage.ts'
import { FrameWindow, findLogId, indexName, partitionNumbers, readHeader, segmentBases, segmentName } from './segment.ts'
import { readFully, writeFully } from './transfer.ts'

export interface Repair {
  readonly partition: number
  readonly damage: Damage
  /** Events from `damage.offset` up to here are given up; the same offset where only a header had to be written again. */
  readonly resumesAt: bigint
}

/** Offsets left out at the end, where nobody knows how many events there were: more than any segment holds. */
const unknownEvents = 1n << 40n

/**
 * Repairs all partitions. Where it is interrupted, the quarantine still holds what was not yet saved.
 * @throws MillraceError `not_found`: no segment can be read, so this is no log or there is nothing to save.
 */
export async function repairLog(folder: string, disk: Disk = openDisk()): Promise<Repair[]> {
  const logId = await findLogId(disk, folder)
  if (logId === undefined) throw new MillraceError('not_found', `No segment in ${folder} can be read`)
  const repairs: Repair[] = []
  for (const partition of await partitionNumbers(disk, folder)) {
    for (;;) {
      const path = `${folder}/${partition}`
      const { damage, last } = await recoverPartition(disk, path, partition, logId, 'check')
      await last?.file.close()
      if (damage === undefined) break
      await keepCopy(disk, folder, partition, damage.path)
      const resumesAt = await passDamage({ disk, folder: path, partition, logId, damage })
      repairs.push({ partition, damage, resumesAt })
    }
  }
  return repairs
}

interface DamagedPartition {
  readonly disk: Disk
  readonly folder: string
  readonly partition: number
  readonly logId: string
  readonly damage: Damage
}

/** Does away with the first damage. Tells where the log goes on. */
async function passDamage(task: DamagedPartition): Promise<bigint> {
  const { disk, folder, damage } = task
  if (damage.path !== folder) {
    const file = await disk.open(damage.path, 'write')
    try {
      const header = await readHeader(file)
      if (header && isOurs(task, header)) await saveBehind(task, file, header)
      else if (await writeHeaderAgain(task, file)) return damage.offset
    } finally {
      await file.close()
    }
    const header = await headerOf(disk, damage.path)
    if (!header || !isOurs(task, header)) await disk.remove(damage.path)
  }
  const next = segmentBases(await disk.list(folder)).find((base) => base > damage.offset)
  return next === undefined ? beginAnew(task) : declareLoss(task, next)
}

/** Moves what is whole behind the damage to segments that begin behind a gap. */
async function saveBehind(task: DamagedPartition, file: DiskFile, { partition, logId }: SegmentHeader): Promise<void> {
  const { disk, folder, damage } = task
  const header = await readHeader(file)
  let run: Frame[] = []
  const save = async () => {
    if (run[0]) await writeSegment(disk, folder, { partition, logId, base: run[0].offset, afterLoss: true }, run)
    run = []
  }
  for await (const group of recordsBehind(file, header!, damage.place)) {
    const last = run.at(-1)
    if (last && endOf(last) !== group[0]!.offset) await save()
    run.push(...group)
  }
  await save()
}
