/** Tables of the destination: seen, created, altered, dropped. Nothing here narrows one. */
import { bodyOf, type Client, ClientError } from './client.ts'
import { listItems } from './lists.ts'
import type { components } from './openapi.ts'

export type Table = components['schemas']['Table']

export interface TableColumn {
  readonly name: string
  /** BOOLEAN, BIGINT, DOUBLE, DECIMAL(38,scale), TIMESTAMP, DATE, VARCHAR or JSON. */
  readonly type: string
}

/** By name, with columns and counts of rows. @throws ClientError */
export function getTables(client: Client): Promise<Table[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/tables', { params: { query } })))
}

/** @throws ClientError `not_found`. */
export function getTable(client: Client, name: string): Promise<Table> {
  return bodyOf(client.GET('/api/v1/tables/{name}', { params: { path: { name } } }))
}

/** @throws ClientError `conflict`: the table exists; `invalid_request`. */
export function createTable(client: Client, name: string, columns: readonly TableColumn[]): Promise<Table> {
  return putTable(client, name, { columns, isNew: true })
}

/**
 * Adds the columns that are missing and widens those whose types differ; the others stay. Safe to repeat.
 * @throws ClientError `not_found`: createTable makes one; `invalid_request`: a type that the data does not allow.
 */
export async function alterTable(client: Client, name: string, columns: readonly TableColumn[]): Promise<Table> {
  await getTable(client, name)
  return putTable(client, name, { columns, isNew: false })
}

/**
 * Drops a table with its rows, for good. The books keep count of them, so that they still balance. `force` drops one that event types
 * or scheduled queries fill; they make it anew, empty, when they write again.
 * @throws ClientError `not_found`; `conflict`: something fills it.
 */
export async function dropTable(client: Client, name: string, { force = false } = {}): Promise<void> {
  const params = { path: { name }, query: { confirm: name, ...(force && { force: 'true' }) } }
  await client.DELETE('/api/v1/tables/{name}', { params })
}

/** What {@link dropTable} would take away, in words. @throws ClientError as dropTable. */
export async function lostWith(client: Client, name: string, { force = false } = {}): Promise<string> {
  try {
    await client.DELETE('/api/v1/tables/{name}', { params: { path: { name }, query: force ? { force: 'true' } : {} } })
  } catch (error) {
    if (error instanceof ClientError && error.code === 'unconfirmed') return error.detail
    throw error
  }
  throw new ClientError({
    status: 0,
    code: 'unexpected_answer',
    detail: 'The server dropped without being asked twice',
  })
}

function putTable(
  client: Client,
  name: string,
  { columns, isNew }: { columns: readonly TableColumn[]; isNew: boolean },
): Promise<Table> {
  const params = { path: { name }, query: isNew ? { isNew: 'true' } : {} }
  return bodyOf(client.PUT('/api/v1/tables/{name}', { params, body: { columns: [...columns] } }))
}
