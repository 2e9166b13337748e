/** A data stream as it is told: a source, what is kept beside it, and the mapping of what it retrieves. */
import type { DatoramaParts } from './datorama-parts.ts'
import type { NativeMapping, NativeSource } from './datorama-port.ts'
import { withoutForbidden } from './forbidden-names.ts'
import { type History, historyOf, type Touch } from './history.ts'
import { statusOf } from './job-shape.ts'
import type { KeptStream } from './kept-stream.ts'
import { entriesOf } from './mapping-shape.ts'

export interface KnownStream {
  readonly id: string
  readonly workspace: string
  /** Undefined for one that cannot run yet. */
  readonly source: NativeSource | undefined
  /** Undefined for a source that was made by other means. */
  readonly kept: KeptStream | undefined
  /** Title of the source's type. */
  readonly title: string | undefined
  readonly mapping: NativeMapping | undefined
}

/** What names a stream: its own name, unless its source was given another since. */
export function nameOf({ source, kept }: Pick<KnownStream, 'source' | 'kept'>): string {
  if (source === undefined) return kept?.name ?? ''
  return kept !== undefined && kept.label === source.label ? kept.name : source.label
}

export function eventTypeOf(source: NativeSource | undefined): string | undefined {
  const table = source?.settings['table']
  return typeof table === 'string' ? table : undefined
}

const unknown = { by: null } as const

export async function streamOf({ numbers }: DatoramaParts, stream: KnownStream): Promise<Record<string, unknown>> {
  const { id, workspace, source, kept } = stream
  const made: Touch = kept?.made ?? { at: source?.createdAt ?? 0, ...unknown }
  const typeName = kept?.dataSourceName ?? source?.type ?? null
  const ids = {
    id: await numbers.one('stream', workspace, id),
    workspaceId: await numbers.one('workspace', '', workspace),
    dataSourceId: typeName === null ? null : await numbers.one('data-source', '', typeName),
  }
  return shapeOf(stream, ids, await historyOf(numbers, made, kept?.changed ?? made))
}

/** Pure: what its numbers and its history make of a stream. */
export function shapeOf(stream: KnownStream, ids: { id: number; workspaceId: number }, history: History) {
  const { source, kept, title, mapping } = stream
  const lastJob = source?.lastJob ?? null
  const dataSourceName = kept?.dataSourceName ?? title ?? null
  return {
    dataSourceAuthenticationId: null,
    dataLoadMode: null,
    retrievalPeriodHour: null,
    retrievalPeriodType: null,
    templateId: null,
    originalId: null,
    ...withoutForbidden('stream', kept?.others ?? {}),
    ...ids,
    name: nameOf(stream),
    dataSourceName,
    sourceDisplayName: dataSourceName,
    enabled: source?.isRunning ?? kept?.enabled ?? true,
    hasData: (lastJob?.rowCount ?? 0) > 0 || mapping !== undefined,
    lastUpdate: lastJob?.endedAt ?? null,
    lastRunStatus: lastJob && statusOf(lastJob),
    lastRowsRetrieved: lastJob?.rowCount ?? null,
    processedRows: lastJob?.rowsLoaded ?? null,
    lastDataDate: lastJob?.range?.end ?? null,
    ...history,
    config: { ...kept?.config, ...source?.settings, mapping: { mappings: entriesOf(mapping) } },
  }
}
