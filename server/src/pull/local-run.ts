/**
 * Runs a connector without a server: what a job does with pages, state, progress and repeats, told to whoever runs it instead of kept.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Outbound } from '../outbound.ts'
import type { DateRange, SourceState } from '../sources.ts'
import type { Logger } from '../telemetry.ts'
import { type Connector, type ConnectorContext, NotRetryable, type Page } from './connector.ts'
import { openConnectorHttp, openPauses } from './connector-http.ts'
import { eventsOf, linesOf, rowsOf } from './draft-events.ts'
import { openRedaction } from './redaction.ts'
import { defaultRetryMs, retriesMax, waitAfter } from './retry-wait.ts'

export interface LocalRun extends Pick<ConnectorContext, 'filesRoot' | 'signal'> {
  readonly connector: Connector
  /** As an operator gives them. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly state: SourceState
  readonly range: DateRange | undefined
  /** It is left after so many pages. */
  readonly pagesMax: number
  readonly outbound: Outbound
  readonly log: Logger
  /** A page and the whole state behind it. It is kept when this resolves; only then the next one is asked for. */
  onPage(page: Page<SourceState>, lines: readonly Buffer[], state: SourceState): Promise<void>
  onProgress(loaded: number | undefined, total: number | undefined, message: string | undefined): void
  onSettings(change: Readonly<Record<string, unknown>>): Promise<void>
  readonly retryMs?: number
}

/** @throws what ended it, without the secrets of the settings; ZodError: the settings or the state are none of this connector. */
export async function runLocally(run: LocalRun): Promise<{ pages: number; rows: number }> {
  const { connector, signal, log, retryMs = defaultRetryMs } = run
  let settings = connector.settings.parse(run.settings)
  let state: SourceState = run.state
  connector.state.parse(state)
  const redaction = openRedaction(connector.settings, settings)
  const http = openConnectorHttp({ outbound: run.outbound, pauses: openPauses(), scope: 'local', signal })
  const done = { pages: 0, rows: 0 }
  const context: ConnectorContext = {
    range: run.range,
    http,
    outbound: run.outbound,
    signal,
    log: redacted(log, redaction.redact),
    ...(run.filesRoot !== undefined && { filesRoot: run.filesRoot }),
    progress: (loaded, total, message) => run.onProgress(loaded, total, message && redaction.redact(message)),
    async saveSettings(change) {
      redaction.learn(change)
      settings = { ...settings, ...change }
      await run.onSettings(change)
    },
  }

  async function readOnce(): Promise<void> {
    for await (const page of connector.read(settings, connector.state.parse(state), context)) {
      const lines = linesOf(page.drafts)
      const [fault] = [...eventsOf(rowsOf(page))].flatMap(({ faults = [] }) => faults)
      if (fault) log.warn('a row would wait in the restream queue', { code: fault.code, reason: fault.message })
      const next = { ...state, ...page.state }
      await run.onPage(page as Page<SourceState>, lines, next)
      state = next
      done.pages++
      done.rows += page.drafts.length
      if (done.pages >= run.pagesMax) return
      signal.throwIfAborted()
    }
  }

  try {
    for (let attempts = 0; ; attempts++) {
      try {
        await readOnce()
        return done
      } catch (error) {
        signal.throwIfAborted()
        const waitMs = attempts < retriesMax ? waitAfter(error, retryMs * 2 ** attempts) : undefined
        if (waitMs === undefined) throw told(error, redaction.redact)
        const reason = redaction.redact(messageOf(error))
        log.warn('tried again from the last page', { attempt: attempts + 1, waitMs: Math.round(waitMs), reason })
        await delay(waitMs, undefined, { signal })
      }
    }
  } finally {
    http.close()
  }
}

function redacted(log: Logger, redact: (text: string) => string): Logger {
  const line =
    (level: keyof Logger): Logger['info'] =>
    (message, fields = {}) => {
      const plain = Object.entries(fields).map(([name, value]) => {
        const text = value instanceof Error ? value.message : value
        return [name, typeof text === 'string' ? redact(text) : text]
      })
      log[level](redact(message), Object.fromEntries(plain))
    }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** The error itself where it says no secret. */
function told(error: unknown, redact: (text: string) => string): unknown {
  const message = messageOf(error)
  const text = redact(message)
  if (text === message) return error
  return error instanceof NotRetryable ? new NotRetryable(text) : new Error(text)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
