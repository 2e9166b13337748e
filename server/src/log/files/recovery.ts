/**
 * What a partition holds when it is opened. Sealed segments are trusted by their headers and indexes, the last one is scanned.
 * What was not acknowledged may be wanting and is cut; anything else that is wanting is damage, and is told, never repaired here.
 */
import type { Disk, DiskFile } from './disk.ts'
import { readDurableEnd } from './durable-end.ts'
import type { IndexSummary } from './index-file.ts'
import type { SegmentHeader } from './record.ts'
import { findRecord, type SegmentScan, scanSegment } from './scan.ts'
import { readHeader, segmentBases, segmentName } from './segment.ts'
import { scannedSummary, trustedSummary } from './segment-index.ts'

/** A segment that is written no more. */
export interface SealedSegment extends IndexSummary {
  readonly header: SegmentHeader
  readonly path: string
  readonly segmentBytes: number
  readonly wanting: SegmentScan['wanting']
}

/** The last segment, open and scanned. */
export interface LastSegment extends SegmentScan {
  readonly header: SegmentHeader
  readonly path: string
  readonly segmentBytes: number
  readonly file: DiskFile
}

export interface Damage {
  readonly path: string
  readonly place: number
  readonly reason: string
  /** The first event that cannot be read. */
  readonly offset: bigint
}

export interface Recovered {
  readonly sealed: SealedSegment[]
  /** Undefined in a new partition, and in a damaged one. */
  readonly last: LastSegment | undefined
  readonly damage: Damage | undefined
  readonly durableEnd: bigint | undefined
  /** All names in the folder. */
  readonly names: readonly string[]
}

/**
 * `open` trusts indexes, makes those that are missing, and leaves the last segment open to be written. `check` trusts nothing
 * and changes nothing; the last segment must be closed all the same.
 */
export async function recoverPartition(
  disk: Disk,
  folder: string,
  partition: number,
  logId: string,
  purpose: 'open' | 'check' = 'open',
): Promise<Recovered> {
  const names = await disk.list(folder)
  const bases = segmentBases(names)
  const durableEnd = await readDurableEnd(disk, folder, logId)
  const sealed: SealedSegment[] = []
  let before: Wanting = { path: folder, place: 0, offset: bases[0] ?? 0n }
  for (const base of bases) {
    const isLast = base === bases.at(-1)
    const segment = await recoverSegment({ disk, folder, partition, logId, base, before, durableEnd, isLast, purpose })
    if ('reason' in segment) return { sealed, last: undefined, damage: segment, durableEnd, names }
    if ('file' in segment) return { sealed, last: segment, damage: undefined, durableEnd, names }
    sealed.push(segment)
    before = { path: segment.path, ...segment.wanting }
  }
  const reason = `its segments up to event ${durableEnd} are missing`
  const damage = durableEnd === undefined ? undefined : { path: folder, place: 0, offset: 0n, reason }
  return { sealed, last: undefined, damage, durableEnd, names }
}

/** The first event that is not there, and where it would be. */
type Wanting = Omit<Damage, 'reason'>

interface SegmentToRecover {
  readonly disk: Disk
  readonly folder: string
  readonly partition: number
  readonly logId: string
  readonly base: bigint
  readonly before: Wanting
  readonly durableEnd: bigint | undefined
  readonly isLast: boolean
  readonly purpose: 'open' | 'check'
}

async function recoverSegment(task: SegmentToRecover): Promise<SealedSegment | LastSegment | Damage> {
  const { disk, folder, partition, logId, base, before, durableEnd, isLast, purpose } = task
  const path = `${folder}/${segmentName(base)}`
  const file = await disk.open(path, isLast && purpose === 'open' ? 'write' : 'read')
  let isKept = false
  try {
    const segmentBytes = await file.size()
    const header = await readHeader(file)
    if (header === undefined || header.base !== base || header.partition !== partition || header.logId !== logId)
      return { path, place: 0, reason: 'its header is not that of this segment', offset: before.offset }
    if (base !== before.offset && !(header.afterLoss && base > before.offset))
      return { ...before, reason: `event ${before.offset} is missing, the next segment begins at ${base}` }
    if (!isLast) {
      const { summary, wanting } =
        purpose === 'open' ? await trustedSummary(disk, folder, file, header) : await scannedSummary(file, header)
      return { header, path, segmentBytes, wanting, ...summary }
    }
    const last = { header, path, segmentBytes, file, ...(await scanSegment(file, header)) }
    const damage = await damageIn(last, durableEnd)
    isKept = damage === undefined
    return damage ?? last
  } finally {
    if (!isKept) await file.close()
  }
}

/** Damage in the last segment: something is wanting that was acknowledged, for a later write or the bound proves it. */
async function damageIn(last: LastSegment, durableEnd: bigint | undefined): Promise<Damage | undefined> {
  const { file, header, path, wanting, end } = last
  const later = await findRecord(file, header, last.endPlace, end + 1n)
  if (later === undefined && (durableEnd === undefined || end >= durableEnd)) return undefined
  const known = later ? `event ${later.offset} behind it is whole` : `events up to ${durableEnd} were acknowledged`
  return { path, ...wanting, reason: `event ${wanting.offset} cannot be read, but ${known}` }
}
