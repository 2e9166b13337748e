/** Runs one job to its end, as far as this process runs it: its files, its requests, its log, and how it ended. */
import type { Outbound } from '../outbound.ts'
import type { JobEnd, SourceStore } from '../sources.ts'
import type { Logger } from '../telemetry.ts'
import { openConnectorHttp, type Pauses } from './connector-http.ts'
import { type JobParts, runJob } from './job.ts'
import { openJobCalls } from './job-calls.ts'
import { openJobFiles } from './job-files.ts'
import { keepingFor } from './job-keeping.ts'
import { openRedaction } from './redaction.ts'

export interface JobRunning extends Pick<JobParts, 'take' | 'replacements' | 'filesRoot' | 'declareKey' | 'retryMs'> {
  readonly store: SourceStore
  /** Of this process, in whose name jobs are held. */
  readonly owner: string
  readonly outbound: Outbound
  readonly pauses: Pauses
  readonly logger: Logger
  /** Of the pages that a job retrieved, as much is kept. */
  readonly rawBytesMax: number
}

/** Why a job is stopped that has not ended. */
export type Stopping =
  /** Somebody does not want it. */
  | { readonly kind: 'cancel'; readonly why: string }
  /** It waits again: it was paused, or what is due needs its place. */
  | { readonly kind: 'release' }
  /** The server stops: it stays under way, and goes on after the next start. */
  | { readonly kind: 'leave' }

export type JobOutcome = (JobEnd & { readonly calls: number }) | { readonly waitsUntil: number | undefined } | undefined

/** A job that ends the process each time it runs is not begun for ever. */
const idleStartsMax = 10
const endless = {
  code: 'internal',
  message: `The server ended ${idleStartsMax} times while it ran, without a page in between`,
}

interface OneJob extends Required<Pick<JobParts, 'job' | 'input' | 'connector' | 'folder' | 'onLanding'>> {}

/** @returns how it ended; that it waits again; undefined where it stays under way. */
export async function runToEnd(
  parts: JobRunning,
  { job, input, connector, folder, onLanding }: OneJob,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { store, owner, logger, outbound, pauses } = parts
  if (job.idleStarts >= idleStartsMax) return { state: 'FAILURE', error: endless, calls: job.calls }
  const calls = openJobCalls(store, job, (await store.limitsOf(job)).callsPerDay)
  const http = openConnectorHttp({ outbound, pauses, scope: job.workspace, signal, beforeEach: calls.next })
  try {
    const redaction = openRedaction(connector.settings, input.settings)
    const files = await openJobFiles(folder, redaction, parts.rawBytesMax)
    const { range, pages } = job
    const days = range && { from: range.start, to: range.end }
    files.log.info(job.state === 'RUNNING' ? 'taken up again' : 'begun', { source: input.label, ...days, pages })
    const { take, replacements, retryMs, filesRoot, declareKey } = parts
    const set = {
      ...(retryMs !== undefined && { retryMs }),
      ...(filesRoot !== undefined && { filesRoot }),
      ...(declareKey !== undefined && { declareKey }),
    }
    const kept = keepingFor(store, job, owner)
    const more = { http, outbound, files, redaction, calls, signal, ...set }
    const end = await runJob({ job, input, connector, folder, store: kept, take, replacements, onLanding, ...more })
      .catch((error: unknown) => {
        files.log.info('stopped', { why: whyStopped(signal, calls.usedUpUntil) })
        throw error
      })
      .finally(() => files.settled())
    return { ...end, calls: calls.made }
  } catch (error) {
    if (signal.aborted) return outcomeOf(signal.reason as Stopping, calls.made)
    if (calls.usedUpUntil !== undefined) return { waitsUntil: calls.usedUpUntil }
    logger.error('a job failed', { workspace: job.workspace, job: job.id, reason: error as Error })
    const message = 'The job failed for a reason of the server'
    return { state: 'FAILURE', error: { code: 'internal', message }, calls: calls.made }
  } finally {
    http.close()
    await calls.close().catch(() => {}) // counted too many, which no quota is harmed by
  }
}

function outcomeOf(stopping: Stopping, calls: number): JobOutcome {
  if (stopping.kind === 'leave') return undefined
  if (stopping.kind === 'release') return { waitsUntil: undefined }
  return { state: 'CANCELLED', error: { code: 'conflict', message: stopping.why }, calls }
}

function whyStopped(signal: AbortSignal, usedUpUntil: number | undefined): string {
  if (usedUpUntil !== undefined) return 'the source may be sent nothing more today: it goes on tomorrow'
  const stopping = signal.reason as Stopping | undefined
  if (stopping?.kind === 'cancel') return stopping.why
  return stopping?.kind === 'release' ? 'it waits again, and goes on behind its last page' : 'the server stops'
}
