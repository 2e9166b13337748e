/** Which part of a workspace's log is given back, and what is done for one that has no room left. */
import type { Logger } from './telemetry.ts'
import type { LogLimits, Workspace } from './workspace.ts'

interface LogRoomParts {
  readonly limits: LogLimits
  readonly logger: Logger
  /** Told again and again while a log that needs room is kept for its archive alone. */
  readonly onArchiveBehind?: (id: string) => void
  /** Asked while a log has no room and its destination does not hold durably what it has loaded. */
  readonly makeDurable?: (id: string) => Promise<void>
}

/** Of the log's budget: from here on the log forgets history that only an archive still needs … */
const archiveShareMax = 0.9
/** … and from here on somebody is told. */
const archiveShareWarned = 0.75
/** So does a log that had no room lately, whatever its budget. */
const fullLatelyMs = 60_000
/** How often at most a destination is asked for the sake of a full log. */
const makeDurableEveryMs = 1_000

export function openLogRoom(parts: LogRoomParts) {
  const { limits, logger, onArchiveBehind = () => {}, makeDurable = async () => {} } = parts
  const wasFullLately = ({ fullAt }: Workspace) => performance.now() - fullAt < fullLatelyMs

  /** The intake must not be held up by an archive that is dead: that one is told what it lost. */
  const floorOf = (workspace: Workspace): bigint => {
    const { id, log, durable, archived } = workspace
    if (archived === undefined || archived >= durable) return durable
    const share = log.status(0).bytes / limits.diskBudgetBytes
    const isFull = share >= archiveShareMax || wasFullLately(workspace)
    if (isFull || share >= archiveShareWarned) onArchiveBehind(id)
    return isFull ? durable : archived
  }

  return {
    wasFullLately,
    trim: (workspace: Workspace) => workspace.log.trim(0, floorOf(workspace)),
    /** Where nothing more comes in, nothing more is loaded either, and the destination would be in no hurry. */
    make(workspace: Workspace): void {
      const now = performance.now()
      workspace.fullAt = now
      if (workspace.durable >= workspace.position || now - workspace.askedAt < makeDurableEveryMs) return
      workspace.askedAt = now
      makeDurable(workspace.id).catch((reason: Error) =>
        logger.warn('a full log waits for its destination', { workspace: workspace.id, reason }),
      )
    },
  }
}
