/** Opens one partition of a log: recovers it, tidies its folder, and has it ready to append. */
import type { Logger } from '../../telemetry.ts'
import { ActiveSegment } from './active-segment.ts'
import { beginSegment } from './begin-segment.ts'
import type { Disk } from './disk.ts'
import type { DiskBudget } from './disk-budget.ts'
import { openDurableEnd } from './durable-end.ts'
import { Partition } from './partition.ts'
import { keepCopy } from './quarantine.ts'
import { type Recovered, recoverPartition } from './recovery.ts'
import type { RetentionRule } from './retention.ts'
import { indexName, segmentBases } from './segment.ts'
import { type SharedLog, SharedPartition } from './shared.ts'
import { Spares } from './spares.ts'
import type { Halt } from './transfer.ts'

export interface LogParts {
  readonly folder: string
  readonly logId: string
  readonly segmentBytes: number
  readonly groupBytesMax: number
  readonly rule: RetentionRule
  readonly disk: Disk
  readonly budget: DiskBudget
  readonly shared: SharedLog
  readonly halt: Halt
  readonly logger: Logger
  readonly clock: () => number
}

/** @throws the error of the disk, or MillraceError `storage_full`, `log_stopped`; damage is not thrown but told by `status`. */
export async function openPartition(log: LogParts, number: number): Promise<Partition> {
  const { disk, logId, budget, halt, logger, segmentBytes, groupBytesMax, clock, rule } = log
  const folderPath = `${log.folder}/${number}`
  const shared = new SharedPartition(log.shared, number)
  const recovered = await recoverPartition(disk, folderPath, number, logId)
  const { sealed, last, damage } = recovered
  // failpoint: log.recover.read
  const folder = await disk.openFolder(folderPath)
  const spares = new Spares(folderPath, segmentBytes, disk, budget, halt)
  await tidy(recovered, folderPath, disk)
  await spares.adopt(recovered.names)
  for (const { segmentBytes: bytes, bytes: indexBytes } of sealed) budget.add(bytes + indexBytes)
  const parts = {
    number,
    folderPath,
    folder,
    logId,
    segmentBytes,
    groupBytesMax,
    rule,
    disk,
    budget,
    spares,
    shared,
    halt,
    logger,
    clock,
    sealed,
    damage,
  }

  let active: ActiveSegment | undefined
  if (damage) {
    logger.error('log damaged', { partition: number, file: damage.path, byte: damage.place, reason: damage.reason })
    await keepCopy(disk, log.folder, number, damage.path).catch((error: Error) => {
      logger.error('damaged log segment not copied', { partition: number, file: damage.path, error })
    })
    shared.state = 'corrupt'
  } else if (last) {
    // A process that was killed leaves groups that are written and not synced: they are told to readers, so they must stay.
    await halt.synced(last.file)
    budget.add(last.segmentBytes)
    active = new ActiveSegment(last)
  } else {
    active = await beginSegment(parts, { partition: number, logId, base: 0n, afterLoss: false })
  }
  await halt.synced(folder)
  // failpoint: log.recover.synced
  shared.start = sealed[0]?.base ?? active?.header.base ?? damage?.offset ?? 0n
  shared.end = damage?.offset ?? active?.end ?? 0n
  return new Partition(parts, active, await openDurableEnd(disk, folderPath, logId))
}

/** Removes indexes whose segments were trimmed. */
async function tidy({ names }: Recovered, folderPath: string, disk: Disk): Promise<void> {
  const kept = new Set(segmentBases(names).map(indexName))
  for (const name of names) if (name.endsWith('.index') && !kept.has(name)) await disk.remove(`${folderPath}/${name}`)
}
