/**
 * A stopped workspace whose log and destination have lost each other: what that means, and how it goes on all the same. The server
 * itself never gives an event up; whoever runs it may.
 */
import { join } from 'node:path'
import { duckdb } from './load/loaders/duckdb.ts'
import { openDisk } from './log/files/disk.ts'
import { checkLog } from './log/files/inspect.ts'
import { writeSegment } from './log/files/salvage.ts'
import { damaged } from './log/files/segment.ts'

export interface LostLog {
  /**
   * `trimmed`: the destination needs events that the log no longer has; they are lost. `replaced`: the destination has loaded more
   * than the log ever held; what the log holds goes for loaded.
   */
  readonly kind: 'trimmed' | 'replaced'
  /** The events that are not, or not again, loaded: from the first to before the second. */
  readonly from: bigint
  readonly to: bigint
  /** Where the pipeline goes on. */
  readonly position: bigint
}

interface StoppedWorkspace {
  readonly log: string
  /** Folder of its destination. */
  readonly folder: string
}

/**
 * What is lost, if `accept` agrees to it; undefined where nothing is. Accepting writes it down in the destination, beside its books.
 * @throws MillraceError `log_corrupt`: the log is damaged, repair it first; `not_found`: there is none.
 */
export async function acceptLoss(
  { log, folder }: StoppedWorkspace,
  accept: (lost: LostLog) => Promise<void>,
): Promise<LostLog | undefined> {
  const destination = await duckdb.open(
    duckdb.settings.parse({ path: join(folder, 'warehouse.duckdb') }),
    new AbortController().signal,
  )
  try {
    const { id, partitions } = await checkLog(log)
    const partition = partitions[0]
    if (id === undefined || partition === undefined) return undefined
    if (partition.damage) throw damaged(partition.damage.path, partition.damage.place, partition.damage.reason)
    const { position } = await destination.books(0)
    const lost = lossOf(partition, position)
    if (lost === undefined) return undefined
    await accept(lost)
    if (lost.kind === 'trimmed') {
      await destination.claim(0)
      await destination.skipTo(0, lost.position)
    } else {
      const segment = { partition: 0, logId: id, base: lost.position, afterLoss: true }
      await writeSegment(openDisk(), join(log, '0'), segment, [])
    }
    return lost
  } finally {
    await destination.close()
  }
}

function lossOf({ start, end }: { start: bigint; end: bigint }, position: bigint): LostLog | undefined {
  if (position < start) return { kind: 'trimmed', from: position, to: start, position: start }
  if (position > end && end > start) return { kind: 'replaced', from: start, to: end, position }
  return undefined
}
