/**
 * Workspaces, sources and jobs as tables: their columns, the same in answers of the API and in the destination; and the tables in each
 * destination, which are kept as the metadata is. They hold nothing but what the workspace itself has.
 */
import { MillraceError } from './errors.ts'
import type { StatementRequest, StatementResult, TableStatus } from './query.ts'
import type { Column } from './rows.ts'
import type { Logger } from './telemetry.ts'

export const metadataKinds = ['workspaces', 'sources', 'jobs'] as const
export type MetadataKind = (typeof metadataKinds)[number]

/** Times are ms since 1970 UTC; JSON is text. */
type MetadataValue = string | number | boolean | null
/** A value for each column. */
export type MetadataRow = readonly MetadataValue[]

const text = (name: string): Column => ({ name, type: 'VARCHAR' })
const time = (name: string): Column => ({ name, type: 'TIMESTAMP' })
const count = (name: string): Column => ({ name, type: 'BIGINT' })
const json = (name: string): Column => ({ name, type: 'JSON' })

/** The first ones are the key. */
export const metadataColumns: Readonly<Record<MetadataKind, readonly Column[]>> = {
  workspaces: [text('id'), text('name'), time('created_at'), time('archived_at')],
  sources: [
    ...[text('workspace'), text('id'), text('label'), text('type'), time('created_at'), time('disabled_at')],
    ...[json('settings'), json('schedule'), time('paused_at'), time('next_at')],
    ...[text('last_job_id'), text('last_job_state'), text('last_job_range_start'), text('last_job_range_end')],
    ...[time('last_job_started_at'), time('last_job_ended_at'), count('last_job_rows'), text('last_job_error')],
  ],
  jobs: [
    ...[text('workspace'), text('id'), text('source'), text('state'), text('range_start'), text('range_end')],
    ...[text('asked_by'), time('queued_at'), time('started_at'), time('ended_at'), count('attempts'), count('pages')],
    ...[count('row_count'), count('rows_loaded'), count('rows_replaced'), text('rerun_of')],
    ...[text('error_code'), text('error_message'), text('kind'), text('query')],
  ],
}

const metadataKeys: Readonly<Record<MetadataKind, readonly string[]>> = {
  workspaces: ['id'],
  sources: ['workspace', 'id'],
  jobs: ['workspace', 'id'],
}

export const metadataTableNames: Readonly<Record<MetadataKind, string>> = {
  workspaces: 'millrace_workspaces',
  sources: 'millrace_sources',
  jobs: 'millrace_jobs',
}

/** Names that begin so are those of Millrace. */
export function isReservedTable(name: string): boolean {
  return name.toLowerCase().startsWith('millrace_')
}

/** @throws MillraceError `query_refused`: it is reserved. */
export function refuseReservedTable(name: string): void {
  if (!isReservedTable(name)) return
  throw new MillraceError(
    'query_refused',
    `The name ${name} is reserved: tables of Millrace itself begin with millrace_`,
  )
}

export interface MetadataChanges {
  readonly rows: readonly MetadataRow[]
  /** Ids of what is gone. */
  readonly gone: readonly string[]
}

/** What the control plane tells and keeps of the tables of a workspace's destination. */
export interface MetadataSource {
  /** Those with sources or scheduled queries, whose tables are kept by themselves. */
  workspacesWithJobs(): Promise<readonly string[]>
  /** Up to which change a table is filled; 0 where it never was. */
  filledTo(workspace: string, kind: MetadataKind): Promise<number>
  setFilledTo(workspace: string, kind: MetadataKind, change: number): Promise<void>
  /** The last change of all. */
  newestChange(): Promise<number>
  /** Of a workspace, from behind `since` up to `until`, a part at a time. */
  changes(workspace: string, kind: MetadataKind, since: number, until: number): AsyncIterable<MetadataChanges>
}

export interface MetadataTables {
  /** Brings the tables of a workspace up to now. @throws MillraceError `destination_unavailable`, `query_refused`: events fill one. */
  refresh(workspace: string): Promise<void>
  /** Resolves when a refresh under way has ended. */
  close(): Promise<void>
}

interface MetadataTablesParts {
  readonly source: MetadataSource
  readonly statement: (workspace: string, id: string, request: StatementRequest) => Promise<StatementResult>
  readonly tables: (workspace: string) => Promise<readonly TableStatus[]>
  readonly logger: Logger
  readonly everyMs?: number
}

const timeoutMs = 60_000
const minuteMs = 60_000

export function openMetadataTables(parts: MetadataTablesParts): MetadataTables {
  const { source, logger } = parts
  let isClosed = false
  let under = Promise.resolve()

  /** One at a time: each goes on from where the one before ended. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = under.then(work)
    under = turn.catch(() => {})
    return turn
  }
  const refresh = async (workspace: string) => {
    let known: readonly TableStatus[] | undefined
    for (const kind of metadataKinds) {
      const until = await source.newestChange()
      const filled = await source.filledTo(workspace, kind)
      known ??= await parts.tables(workspace)
      const isThere = isAsItShouldBe(known, kind)
      await fill(parts, workspace, kind, isThere ? filled : 0, until)
    }
  }
  const refreshAll = async () => {
    for (const workspace of await source.workspacesWithJobs()) {
      if (isClosed) return
      await refresh(workspace).catch((reason: unknown) => {
        logger.warn('the tables of metadata are not up to date', { workspace, reason: reason as Error })
      })
    }
  }
  const timer = setInterval(() => {
    inTurn(refreshAll).catch((reason: unknown) => {
      logger.warn('the tables of metadata are not up to date', { reason: reason as Error })
    })
  }, parts.everyMs ?? minuteMs)
  return {
    refresh: (workspace) => inTurn(() => refresh(workspace)),
    async close() {
      isClosed = true
      clearInterval(timer)
      await under
    },
  }
}

function isAsItShouldBe(tables: readonly TableStatus[], kind: MetadataKind): boolean {
  const table = tables.find(({ name }) => name.toLowerCase() === metadataTableNames[kind])
  const shape = (columns: readonly Column[]) => columns.map(({ name, type }) => `${name} ${type}`).join()
  return table !== undefined && shape(table.columns) === shape(metadataColumns[kind])
}

/** From nothing, the table is made anew by the first rows. */
async function fill(
  { source, statement }: MetadataTablesParts,
  workspace: string,
  kind: MetadataKind,
  since: number,
  until: number,
): Promise<void> {
  const target = metadataTableNames[kind]
  const write = (work: StatementRequest['work']) =>
    statement(workspace, crypto.randomUUID(), { work, target, timeoutMs })
  const upsert = { kind: 'select', mode: 'upsert', key: [...metadataKeys[kind]] } as const
  if (since === 0) await write({ kind: 'select', mode: 'replace', sql: selectOf(kind, []) })
  let isChanged = since === 0
  for await (const { rows, gone } of source.changes(workspace, kind, since, until)) {
    isChanged = true
    if (rows.length > 0) await write({ ...upsert, sql: selectOf(kind, rows) })
    const ids = gone.map(quoted).join(', ')
    if (gone.length > 0 && since > 0) await write({ kind: 'write', sql: `DELETE FROM ${target} WHERE id IN (${ids})` })
  }
  if (isChanged) await source.setFilledTo(workspace, kind, until)
}

/** Rows as a SELECT: JSON in it, which DuckDB takes apart by the types of the columns. */
function selectOf(kind: MetadataKind, rows: readonly MetadataRow[]): string {
  const columns = metadataColumns[kind]
  const shape = Object.fromEntries(columns.map(({ name, type }) => [name, type === 'TIMESTAMP' ? 'BIGINT' : type]))
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, at) => [name, told(row[at], type)])),
  )
  const fields = columns.map(({ name, type }) => {
    return type === 'TIMESTAMP' ? `make_timestamp(row.${name} * 1000) AS ${name}` : `row.${name} AS ${name}`
  })
  const list = `from_json(${quoted(JSON.stringify(objects))}, ${quoted(JSON.stringify([shape]))})`
  return `SELECT ${fields.join(', ')} FROM (SELECT unnest(${list}) AS row)`
}

function told(value: MetadataValue | undefined, type: Column['type']): unknown {
  return type === 'JSON' && typeof value === 'string' ? JSON.parse(value) : value
}

/** NUL ends a statement's text. */
function quoted(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`
}
