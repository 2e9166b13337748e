/** Tables of the destination: seen, created, altered. Nothing here drops or narrows one. */
import { bodyOf, type Client } from './client.ts'
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

function putTable(
  client: Client,
  name: string,
  { columns, isNew }: { columns: readonly TableColumn[]; isNew: boolean },
): Promise<Table> {
  const params = { path: { name }, query: isNew ? { isNew: 'true' } : {} }
  return bodyOf(client.PUT('/api/v1/tables/{name}', { params, body: { columns: [...columns] } }))
}
