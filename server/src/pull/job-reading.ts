/** The pages of a job, and the state behind each: where its connector goes on, and how far it is. */
import { crc32 } from '@node-rs/crc32'
import type { InputSnapshot } from '../inputs.ts'
import type { Outbound } from '../outbound.ts'
import type { DeclareKey, Job, SourceState } from '../sources.ts'
import {
  type Connector,
  type ConnectorContext,
  type ConnectorHttp,
  NotRetryable,
  type PackedRows,
  type Page,
} from './connector.ts'
import { rowsOf } from './draft-events.ts'
import type { JobCalls } from './job-calls.ts'
import type { JobFiles } from './job-files.ts'
import type { JobKeeping } from './job-keeping.ts'
import type { JobProgressTeller } from './job-progress.ts'
import type { Redaction } from './redaction.ts'
import { surely } from './surely.ts'

export interface ReadingParts {
  readonly job: Job
  readonly input: InputSnapshot
  readonly connector: Connector
  readonly store: JobKeeping
  readonly calls: Pick<JobCalls, 'made' | 'usedUpUntil'>
  readonly http: ConnectorHttp
  readonly outbound: Outbound
  readonly files: JobFiles
  readonly redaction: Redaction
  readonly signal: AbortSignal
  readonly filesRoot?: string
  readonly declareKey?: DeclareKey
}

/**
 * Keeps a page's rows durably, by the page's number, which may come again.
 * @returns how many went on to the tables, and how many were there for the first time, whether or not they could be read.
 */
export type PageSink = (
  number: number,
  page: Page<SourceState>,
  rows: PackedRows,
) => Promise<{ accepted: number; fresh: number }>

/** So many pages that bring nothing and change nothing are no progress any more. */
const idlePagesMax = 100

export interface Reading {
  readonly pages: number
  readonly rowCount: number
  /** @throws NotRetryable: what is kept is no state of this connector. */
  open(): AsyncIterable<Page<SourceState>>
  keep(page: Page<SourceState>): Promise<void>
}

export function openReading(
  parts: ReadingParts,
  kept: SourceState,
  progress: JobProgressTeller,
  sink: PageSink,
): Reading {
  const { job, input, connector, store, http, outbound, files, redaction, signal } = parts
  let settings = input.settings
  let state = kept
  let { pages, rowCount, rowsLoaded } = job
  let idlePages = 0
  let previous = ''

  const context: ConnectorContext = {
    range: job.range ?? undefined,
    http,
    outbound,
    log: files.log,
    signal,
    ...(parts.filesRoot !== undefined && { filesRoot: parts.filesRoot }),
    ...(parts.declareKey !== undefined && { declareKey: declaring(parts.declareKey) }),
    progress: (loaded, total, message) =>
      progress.tell(loaded, total, message === undefined ? undefined : redaction.redact(message)),
    async saveSettings(change) {
      signal.throwIfAborted()
      redaction.learn(change)
      await store.saveSettings(change)
      settings = { ...settings, ...change }
    },
  }

  function declaring(declare: DeclareKey): NonNullable<ConnectorContext['declareKey']> {
    return async (eventType, key) => {
      signal.throwIfAborted()
      const columns = key.map(({ name }) => name).join(', ')
      const became = await surely(() => declare(job, eventType, key), signal)
      if (became === 'declared') files.log.info('newer rows replace older ones', { eventType, key: columns })
    }
  }

  async function keep(page: Page<SourceState>): Promise<void> {
    const rows = rowsOf(page)
    const { payload, count } = rows
    const raw = page.raw ?? { name: 'page.ndjson', contentType: 'application/x-ndjson', bytes: payload }
    await files.keep(pages + 1, raw)
    const { accepted, fresh } = await surely(() => sink(pages + 1, page, rows), signal)
    const next = { ...state, ...page.state }
    const sum = `${payload.length} ${crc32(payload)}`
    const isIdle = fresh === 0 || sum === previous
    previous = sum
    idlePages = isIdle && JSON.stringify(next) === JSON.stringify(state) ? idlePages + 1 : 0
    if (idlePages >= idlePagesMax)
      throw new NotRetryable(
        `${idlePages} pages brought nothing new and led nowhere: the source gives the same for ever`,
      )
    const done = { pages: pages + 1, rowCount: rowCount + count, rowsLoaded: rowsLoaded + accepted }
    await surely(() => store.pageDone({ state: next, ...done, calls: parts.calls.made, ...progress.now() }), signal)
    state = next
    ;({ pages, rowCount, rowsLoaded } = done)
    files.log.debug('page', { page: pages, rows: count, fresh })
    page.done?.()
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

function stateFor(connector: Connector, kept: SourceState): Record<string, unknown> {
  const parsed = connector.state.safeParse(kept)
  if (parsed.success) return parsed.data
  throw new NotRetryable('What is kept of the source cannot be read by its connector any more: reset the source')
}
