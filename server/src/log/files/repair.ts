/**
 * Makes a damaged log that is not open usable again, and says what that cost. Damaged files are copied to `quarantine/` first.
 * What is lost keeps its offsets: nothing else ever gets them, so that no destination takes something new for something that it
 * has loaded, and a reader passes from the last event before a gap to the first behind it.
 */
import { basename } from 'node:path'
import { MillraceError } from '../../errors.ts'
import { type Disk, type DiskFile, openDisk } from './disk.ts'
import { readDurableEnd } from './durable-end.ts'
import { syncFolder } from './folders.ts'
import { keepCopy } from './quarantine.ts'
import { encodeHeader, type Frame, readableVersions, type SegmentHeader, sectorBytes } from './record.ts'
import { type Damage, recoverPartition } from './recovery.ts'
import { endOf, recordsBehind, writeSegment } from './salvage.ts'
import {
  FrameWindow,
  findLogId,
  indexName,
  partitionNumbers,
  readHeader,
  segmentBases,
  segmentName,
} from './segment.ts'
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
  if (damage.path !== folder && (await mend(task)) === 'header') return damage.offset
  const bases = segmentBases(await disk.list(folder))
  const next = bases.find((base) => base > damage.offset)
  return next === undefined ? beginAnew(task) : declareLoss(task, next)
}

/** Writes the header again where that is all that is wrong, or saves what is whole behind the damage. */
async function mend(task: DamagedPartition): Promise<'header' | 'rest'> {
  const { disk, folder, damage } = task
  const base = BigInt(basename(damage.path, '.segment'))
  const file = await disk.open(damage.path, 'write')
  let isReadable: boolean
  try {
    const header = await readHeader(file)
    isReadable = header?.base === base && header.partition === task.partition && header.logId === task.logId
    if (header && isReadable) {
      await saveBehind(task, file, header)
    } else {
      const rebuilt = await rebuiltHeader(task, file, base)
      if (rebuilt) {
        await writeHeader(file, rebuilt)
        return 'header'
      }
    }
  } finally {
    await file.close()
  }
  if (!isReadable) await disk.remove(damage.path)
  await disk.remove(`${folder}/${indexName(base)}`).catch(ignoreMissing) // it tells of more than there is now
  await syncFolder(disk, folder)
  return 'rest'
}

/** Moves what is whole behind the damage to segments that begin behind a gap. */
async function saveBehind(task: DamagedPartition, file: DiskFile, header: SegmentHeader): Promise<void> {
  const { disk, folder, partition, logId } = task
  let run: Frame[] = []
  const save = async () => {
    const first = run[0]
    if (first) await writeSegment(disk, folder, { partition, logId, base: first.offset, afterLoss: true }, run)
    run = []
  }
  for await (const frame of recordsBehind(file, header, task.damage)) {
    const last = run.at(-1)
    if (last && endOf(last) !== frame.offset) await save()
    run.push(frame)
  }
  await save()
}

/** The header as it was, where the first record still tells the salt and proves it. */
async function rebuiltHeader(
  { partition, logId }: DamagedPartition,
  file: DiskFile,
  base: bigint,
): Promise<SegmentHeader | undefined> {
  const bytes = Buffer.alloc(4)
  await readFully(file, bytes, sectorBytes)
  const salt = bytes.readUInt32LE(0)
  for (const version of readableVersions) {
    const first = await new FrameWindow(file, { version, salt }).frameAt(sectorBytes)
    if (first?.offset === base) return { version, partition, logId, base, salt, afterLoss: false }
  }
  return undefined
}

async function beginAnew({ disk, folder, partition, logId, damage }: DamagedPartition): Promise<bigint> {
  const known = (await readDurableEnd(disk, folder, logId)) ?? 0n
  const base = (known > damage.offset ? known : damage.offset) + unknownEvents
  await writeSegment(disk, folder, { partition, logId, base, afterLoss: true }, [])
  return base
}

/** Says in the header of a segment that the events before it are lost. */
async function declareLoss({ disk, folder }: DamagedPartition, base: bigint): Promise<bigint> {
  const file = await disk.open(`${folder}/${segmentName(base)}`, 'write')
  try {
    const header = await readHeader(file)
    if (header) await writeHeader(file, { ...header, afterLoss: true }) // one that is damaged itself is repaired next
  } finally {
    await file.close()
  }
  return base
}

async function writeHeader(file: DiskFile, header: SegmentHeader): Promise<void> {
  await writeFully(file, [encodeHeader(header)], 0)
  await file.sync()
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
