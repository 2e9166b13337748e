/**
 * One run of a source: pages are read, appended to the log durably, and only then is their state kept, so that a process that dies
 * reads a page again rather than none. Drafts with ids of their own make that harmless.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../errors.ts'
import type { InputSnapshot } from '../inputs.ts'
import type { Outbound } from '../outbound.ts'
import type { Job, JobEnd, SourceState } from '../sources.ts'
import { type Connector, type ConnectorContext, type ConnectorHttp, NotRetryable, type Page } from './connector.ts'
import { eventsOf, linesOf } from './draft-events.ts'
import type { JobCalls } from './job-calls.ts'
import type { JobFiles } from './job-files.ts'
import type { JobKeeping } from './job-keeping.ts'
import { openJobProgress } from './job-progress.ts'
import type { Redaction } from './redaction.ts'
import type { ReceivedEvents } from './subscriber.ts'

export interface JobParts {
  readonly job: Job
  readonly input: InputSnapshot
  readonly connector: Connector
  readonly store: JobKeeping
  readonly calls: Pick<JobCalls, 'made' | 'usedUpUntil'>
  /** Resolves once they are durable, with how many were new. @throws MillraceError Nothing is stored. */
  readonly take: (input: InputSnapshot, events: ReceivedEvents) => Promise<{ accepted: number; restreamed: number }>
  readonly http: ConnectorHttp
  readonly outbound: Outbound
  readonly files: JobFiles
  readonly redaction: Redaction
  readonly signal: AbortSignal
  readonly filesRoot?: string
  /** The longest wait before the first repeat; each next one is twice as long. */
  readonly retryMs?: number
}

const retriesMax = 3
const defaultRetryMs = 2_000
/** A connector that does not end when it is told to is left alone. */
const closingMs = 5_000
/** So many pages that bring nothing and change nothing are no progress any more. */
const idlePagesMax = 100
/** Who asks for a longer pause than this makes the job fail. */
const waitMaxMs = 15 * 60_000

/** Never throws for what the source does; @throws the signal's reason, and what keeps the store from being written. */
export async function runJob(parts: JobParts): Promise<JobEnd> {
  const { job, connector, store, files, redaction, signal, retryMs = defaultRetryMs } = parts
  const reading = openReading(parts, await store.stateOf())
  let attempts = job.attempts
  for (;;) {
    try {
      await readOnce(connector, reading, signal)
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
      files.log.warn('tried again from the last page', {
        attempt: attempts,
        waitMs: Math.round(waitMs),
        reason: error as Error,
      })
      await store.triedAgain(attempts)
      await delay(waitMs, undefined, { signal })
    }
  }
}

interface Reading {
  readonly pages: number
  readonly rowCount: number
  /** @throws NotRetryable: what is kept is no state of this connector. */
  open(): AsyncIterable<Page<SourceState>>
  keep(page: Page<SourceState>): Promise<void>
}

function openReading(parts: JobParts, kept: SourceState): Reading {
  const { job, input, connector, store, http, outbound, files, redaction, signal } = parts
  let settings = input.settings
  let state = kept
  let { pages, rowCount, rowsLoaded } = job
  let idlePages = 0
  const progress = openJobProgress((now) => store.progressed(now), files.log)

  const context: ConnectorContext = {
    range: job.range ?? undefined,
    http,
    outbound,
    log: files.log,
    signal,
    ...(parts.filesRoot !== undefined && { filesRoot: parts.filesRoot }),
    progress: (loaded, total, message) =>
      progress.tell(loaded, total, message === undefined ? undefined : redaction.redact(message)),
    async saveSettings(change) {
      signal.throwIfAborted()
      redaction.learn(change)
      await store.saveSettings(change)
      settings = { ...settings, ...change }
    },
  }

  async function keep({ drafts, state: change, raw }: Page<SourceState>): Promise<void> {
    const lines = linesOf(drafts)
    const bytes = { name: 'page.ndjson', contentType: 'application/x-ndjson', bytes: Buffer.concat(lines) }
    await files.keep(pages + 1, raw ?? bytes)
    let [fresh, accepted] = [0, 0]
    for (const events of eventsOf(drafts, lines)) {
      const taken = await surely(() => parts.take(input, events), signal)
      accepted += taken.accepted
      fresh += taken.accepted + taken.restreamed
    }
    const next = { ...state, ...change }
    idlePages = fresh === 0 && JSON.stringify(next) === JSON.stringify(state) ? idlePages + 1 : 0
    if (idlePages >= idlePagesMax)
      throw new NotRetryable(
        `${idlePages} pages brought nothing new and led nowhere: the source gives the same for ever`,
      )
    const done = { pages: pages + 1, rowCount: rowCount + drafts.length, rowsLoaded: rowsLoaded + accepted }
    await surely(() => store.pageDone({ state: next, ...done, calls: parts.calls.made, ...progress.now() }), signal)
    state = next
    ;({ pages, rowCount, rowsLoaded } = done)
    files.log.debug('page', { page: pages, rows: drafts.length, fresh })
  }

  return {
    keep,
    open: () => connector.read(settings, stateFor(connector, state), context) as AsyncIterable<Page<SourceState>>,
    get pages() {
      return pages
    },
    get rowCount() {
      return rowCount
    },
  }
}

async function readOnce({ title }: Connector, reading: Reading, signal: AbortSignal): Promise<void> {
  const pages = reading.open()[Symbol.asyncIterator]()
  const aborted = abortOf(signal)
  try {
    for (;;) {
      const next = await Promise.race([pages.next(), aborted.promise])
      signal.throwIfAborted()
      if (next === undefined) throw new Error(`${title} gave no page`)
      if (next.done) return
      await reading.keep(next.value)
    }
  } finally {
    aborted.forget()
    const closing = new AbortController()
    const closed = Promise.resolve(pages.return?.()).catch(() => {}) // what failed was told already
    await Promise.race([closed, delay(closingMs, undefined, { signal: closing.signal }).catch(() => {})])
    closing.abort()
  }
}

/** Resolves when the signal is aborted, or it is forgotten. */
function abortOf(signal: AbortSignal): { promise: Promise<undefined>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const end = () => resolve(undefined)
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return {
    promise,
    forget() {
      signal.removeEventListener('abort', end)
      end()
    },
  }
}

function stateFor(connector: Connector, kept: SourceState): Record<string, unknown> {
  const parsed = connector.state.safeParse(kept)
  if (parsed.success) return parsed.data
  throw new NotRetryable('What is kept of the source cannot be read by its connector any more: reset the source')
}

/** Nothing more is read from the source while we cannot keep it. */
async function surely<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = 100; ; waitMs = Math.min(10_000, waitMs * 2)) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof MillraceError && error.retryable)) throw error
      await delay(waitMs, undefined, { signal })
    }
  }
}

/** ms; undefined where no repeat helps. */
function waitAfter(error: unknown, longestMs: number): number | undefined {
  if (error instanceof NotRetryable) return undefined
  const jitterMs = Math.random() * longestMs
  if (!(error instanceof MillraceError)) return jitterMs
  const askedMs = (error.retryAfterSeconds ?? 0) * 1_000
  return error.retryable && askedMs <= waitMaxMs ? askedMs + jitterMs : undefined
}

function codeOf(error: unknown): string {
  return error instanceof MillraceError ? error.code : 'source_unavailable'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
