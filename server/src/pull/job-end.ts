/** What became of a job is kept, however long the disk is full. */
import type { Job } from '../sources.ts'
import type { Logger } from '../telemetry.ts'

interface KeepingParts {
  readonly job: Pick<Job, 'id'>
  readonly logger: Logger
  readonly againMs: number
  /** Then it is not tried again: the next start takes the job up. */
  readonly isClosed: () => boolean
}

/** @throws what `keep` throws, once it is closed. */
export async function keepEnd(
  keep: () => Promise<void>,
  { job, logger, againMs, isClosed }: KeepingParts,
): Promise<void> {
  for (;;) {
    try {
      return await keep()
    } catch (error) {
      if (isClosed()) throw error
      logger.warn('the end of a job is not kept yet', { job: job.id, reason: error as Error })
      await new Promise((resolve) => setTimeout(resolve, againMs).unref())
    }
  }
}
