/** The back-fills of one workspace: the one under way and the last ones that ended, in memory. A restart forgets them; they are repeated. */
import { newId } from '@millrace/event/id'
import type { Backfill, BackfillProgress, BackfillRequest } from './backfills.ts'
import { MillraceError } from './errors.ts'
import type { Logger } from './telemetry.ts'

export interface BackfillRuns {
  /** @throws MillraceError `conflict`: another one is under way. */
  start(request: Required<BackfillRequest>, work: BackfillWork): Backfill
  /** Newest first. */
  list(eventType: string): readonly Backfill[]
  /** @throws MillraceError `not_found`. */
  get(id: string): Backfill
  /** Resolves when it has ended; one that has stays as it is. @throws MillraceError `not_found`. */
  stop(id: string): Promise<Backfill>
  /** Stops what is under way. */
  close(): Promise<void>
}

export type BackfillWork = (options: {
  onProgress: (progress: BackfillProgress, waiting: string | null) => void
  signal: AbortSignal
}) => Promise<void>

interface Entry {
  backfill: Backfill
  readonly abort: AbortController
  ended: Promise<void>
}

const keptMax = 20

export function openBackfillRuns(logger: Pick<Logger, 'error'>, now: () => number = Date.now): BackfillRuns {
  let entries: Entry[] = []
  const find = (id: string) => {
    const entry = entries.find(({ backfill }) => backfill.id === id)
    if (entry === undefined) throw new MillraceError('not_found', 'There is no such back-fill')
    return entry
  }
  const stop = async (entry: Entry) => {
    entry.abort.abort(new MillraceError('conflict', 'The back-fill was stopped'))
    await entry.ended
    return entry.backfill
  }

  return {
    start(request, work) {
      const running = entries.find(({ backfill }) => backfill.state === 'RUNNING')
      if (running) throw underWay(running.backfill)
      const startedAt = now()
      const backfill: Backfill = {
        id: newId(startedAt),
        ...request,
        state: 'RUNNING',
        ...{ total: 0, done: 0, updated: 0, failed: 0 },
        ...{ startedAt, endedAt: null, rate: null, etaMs: null, error: null },
      }
      const entry: Entry = { backfill, abort: new AbortController(), ended: Promise.resolve() }
      entries = [entry, ...entries].slice(0, keptMax)
      entry.ended = follow(entry, work, { logger, now })
      return entry.backfill
    },
    list: (eventType) => entries.map(({ backfill }) => backfill).filter((one) => one.eventType === eventType),
    get: (id) => find(id).backfill,
    stop: async (id) => stop(find(id)),
    async close() {
      await Promise.all(entries.map(stop))
    },
  }
}

async function follow(
  entry: Entry,
  work: BackfillWork,
  { logger, now }: { logger: Pick<Logger, 'error'>; now: () => number },
): Promise<void> {
  const change = (progress: Partial<Backfill>) => {
    entry.backfill = { ...entry.backfill, ...progress }
  }
  const { signal } = entry.abort
  const onProgress = (progress: BackfillProgress, waiting: string | null) =>
    change({ ...progress, ...paceOf(progress, now() - entry.backfill.startedAt), error: waiting })
  const end = (state: Backfill['state'], error: string | null) => change({ state, endedAt: now(), etaMs: null, error })
  try {
    await work({ onProgress, signal })
    end('DONE', null)
  } catch (error) {
    if (signal.aborted) return end('STOPPED', null)
    const { id, eventType } = entry.backfill
    logger.error('a back-fill failed', { id, eventType, reason: error as Error })
    const isOurs = !(error instanceof MillraceError)
    end('FAILED', isOurs ? 'A fault of ours: the log of the server says more' : error.message)
  }
}

function paceOf({ done, total }: BackfillProgress, elapsedMs: number): Pick<Backfill, 'rate' | 'etaMs'> {
  if (done === 0 || elapsedMs <= 0) return { rate: null, etaMs: null }
  const rate = (done * 1_000) / elapsedMs
  return { rate, etaMs: Math.round((Math.max(0, total - done) * 1_000) / rate) }
}

function underWay({ id, eventType }: Backfill): MillraceError {
  return new MillraceError('conflict', `The back-fill ${id} of ${eventType} is under way`, {
    hint: 'Wait until it is done, or stop it.',
  })
}
