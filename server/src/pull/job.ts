/**
 * One run of a source. Pages are read and kept durably, and only then is their state, so that a process that dies reads a page again
 * rather than none. Those of a job without a range go to the log as they come; drafts with ids of their own make a repeat harmless. Those
 * of a range are kept until all are read, and then take the place of what is there of the same days.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../errors.ts'
import type { InputSnapshot } from '../inputs.ts'
import type { JobEnd } from '../sources.ts'
import type { Connector, PackedRows } from './connector.ts'
import { eventsOf } from './draft-events.ts'
import { type LandingParts, landPages, type Replacements, refuseUndivided } from './job-landing.ts'
import { openJobPages } from './job-pages.ts'
import { openJobProgress } from './job-progress.ts'
import { openReading, type PageSink, type Reading, type ReadingParts } from './job-reading.ts'
import { defaultRetryMs, retriesMax, waitAfter } from './retry-wait.ts'
import type { ReceivedEvents } from './subscriber.ts'

export interface JobParts extends ReadingParts {
  /** Resolves once they are durable, with how many were new. @throws MillraceError Nothing is stored. */
  readonly take: (input: InputSnapshot, events: ReceivedEvents) => Promise<{ accepted: number; restreamed: number }>
  /** How rows of a range take the place of others. */
  readonly replacements: Replacements
  /** Where pages wait until all of a range are read. */
  readonly folder: string
  readonly onLanding?: LandingParts['onLanding']
  /** The longest wait before the first repeat; each next one is twice as long. */
  readonly retryMs?: number
}

/** A connector that does not end when it is told to is left alone. */
const closingMs = 5_000

/** Never throws for what the source does; @throws the signal's reason, and what keeps the store from being written. */
export async function runJob(parts: JobParts): Promise<JobEnd> {
  const { job, store, files } = parts
  const progress = openJobProgress((now) => store.progressed(now), files.log)
  const kept = await store.stateOf()
  if (job.range === null) {
    const reading = openReading(parts, kept, progress, appending(parts))
    return untilRead(parts, reading, () => readOnce(parts.connector, reading, parts.signal))
  }
  const pages = await openJobPages(parts.folder, job.range)
  const reading = openReading(parts, kept, progress, async (number, { drafts }, { payload, count }) => {
    await pages.write(number, drafts, payload)
    return { accepted: 0, fresh: count }
  })
  const tell = (rows: number) => progress.tell(rows, reading.rowCount, 'rows on their way to the tables')
  const landing = { ...parts, log: files.log, progress: tell, onLanding: parts.onLanding ?? (() => {}) }
  let isRead = job.landing !== null
  const end = await untilRead(parts, reading, async () => {
    if (!isRead) {
      await refuseUndivided(parts)
      await readOnce(parts.connector, reading, parts.signal)
    }
    isRead = true
    await landPages(pages, reading.pages, landing)
  })
  await pages.remove()
  return end
}

/**
 * The rows of a page go to the log at once: its batches together, so that they are written by large groups. Where the log refuses some
 * of them, those alone are given to it when the page is tried again: rows without ids would come twice.
 */
function appending({ input, take }: JobParts): PageSink {
  let last: PackedRows | undefined
  let stored: { accepted: number; restreamed: number }[] = []
  return async (_, __, rows) => {
    if (rows !== last) stored = []
    last = rows
    const taken = await Promise.allSettled(
      Array.from(eventsOf(rows), async (events, index) => (stored[index] ??= await take(input, events))),
    )
    for (const one of taken) if (one.status === 'rejected') throw one.reason
    last = undefined
    const accepted = stored.reduce((sum, one) => sum + one.accepted, 0)
    return { accepted, fresh: stored.reduce((sum, one) => sum + one.restreamed, accepted) }
  }
}

/** What fails is tried again, from the last page, unless that is in vain. */
async function untilRead(parts: JobParts, reading: Reading, work: () => Promise<void>): Promise<JobEnd> {
  const { job, store, files, redaction, signal, retryMs = defaultRetryMs } = parts
  let attempts = job.attempts
  for (;;) {
    try {
      await work()
      files.log.info('done', { rows: reading.rowCount, pages: reading.pages })
      return { state: 'SUCCESS', error: null }
    } catch (error) {
      signal.throwIfAborted()
      if (parts.calls.usedUpUntil !== undefined) throw error
      const told = { code: codeOf(error), message: redaction.redact(messageOf(error)) }
      const waitMs = waitAfter(error, retryMs * 2 ** attempts)
      if (waitMs === undefined || attempts >= retriesMax) {
        files.log.error('failed', { code: told.code, reason: error as Error })
        return { state: 'FAILURE', error: told }
      }
      attempts++
      const reason = { attempt: attempts, waitMs: Math.round(waitMs), reason: error as Error }
      files.log.warn('tried again from the last page', reason)
      await store.triedAgain(attempts)
      await delay(waitMs, undefined, { signal })
    }
  }
}

async function readOnce({ title }: Connector, reading: Reading, signal: AbortSignal): Promise<void> {
  const pages = reading.open()[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await orAborted(pages.next(), signal)
      signal.throwIfAborted()
      if (next === undefined) throw new Error(`${title} gave no page`)
      if (next.done) return
      await reading.keep(next.value)
    }
  } finally {
    const closing = new AbortController()
    const closed = Promise.resolve(pages.return?.()).catch(() => {}) // what failed was told already
    await Promise.race([closed, delay(closingMs, undefined, { signal: closing.signal }).catch(() => {})])
    closing.abort()
  }
}

/**
 * Undefined where the signal is aborted before. Not a race against one promise for all pages: that would hold every page that it was
 * ever raced against for as long as the job runs.
 */
function orAborted<T>(promise: PromiseLike<T> | T, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(undefined)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', end))
  })
}

function codeOf(error: unknown): string {
  return error instanceof MillraceError ? error.code : 'source_unavailable'
}

/** With what may be done about it: an operator may have to allow a host. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof MillraceError && error.hint !== undefined ? `${error.message}. ${error.hint}` : error.message
}
