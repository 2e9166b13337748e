/** For tests of connectors to databases: reads as a job does, and shows what came. */
import { setImmediate } from 'node:timers/promises'
import { openOutbound } from '../../../outbound.ts'
import type { SourceState } from '../../../sources.ts'
import type { LogFields, Logger } from '../../../telemetry.ts'
import type { Connector, ConnectorContext, PulledDraft } from '../../connector.ts'
import { linesOf } from '../../draft-events.ts'

export type Row = Readonly<Record<string, unknown>>

export interface ReadOptions {
  readonly state?: SourceState
  /** Reading ends behind so many pages. */
  readonly pagesMax?: number
  readonly signal?: AbortSignal
  readonly allowed?: readonly string[]
  /** Before a page counts as kept. */
  readonly onPage?: (page: number) => Promise<void> | void
}

export interface ReadResult {
  readonly rows: Row[]
  /** The lines as they are. */
  readonly lines: string[]
  readonly ids: string[]
  readonly drafts: PulledDraft[]
  /** What a job would have kept. */
  readonly state: SourceState
  readonly pages: number
  readonly told: { readonly message: string; readonly fields: LogFields }[]
  readonly error: Error | undefined
}

export function contextOf({ signal = new AbortController().signal, allowed = ['127.0.0.1'] }: ReadOptions = {}) {
  const told: ReadResult['told'] = []
  const tell = (message: string, fields: LogFields = {}) => void told.push({ message, fields })
  const log: Logger = { debug: tell, info: tell, warn: tell, error: tell }
  const http = { request: () => Promise.reject(new Error('there is no HTTP here')) }
  const context: ConnectorContext = {
    range: undefined,
    http,
    outbound: openOutbound(allowed),
    progress() {},
    log,
    async saveSettings() {},
    signal,
  }
  return { context, told }
}

export async function read(connector: Connector, settings: Row, options: ReadOptions = {}): Promise<ReadResult> {
  const { pagesMax = Number.POSITIVE_INFINITY, onPage } = options
  const { context, told } = contextOf(options)
  const drafts: PulledDraft[] = []
  let state: SourceState = options.state ?? {}
  let pages = 0
  let error: Error | undefined
  try {
    const parsed = connector.settings.parse(settings)
    for await (const page of connector.read(parsed, connector.state.parse(state), context)) {
      await onPage?.(pages)
      await setImmediate()
      drafts.push(...page.drafts)
      state = JSON.parse(JSON.stringify({ ...state, ...page.state })) as SourceState
      if (++pages >= pagesMax) break
    }
  } catch (thrown) {
    error = thrown as Error
  }
  const lines = linesOf(drafts).map((line) => line.toString())
  return {
    rows: lines.map((line) => JSON.parse(line) as Row),
    lines,
    ids: drafts.map(({ id }) => id ?? ''),
    ...{ drafts, state, pages, told, error },
  }
}
