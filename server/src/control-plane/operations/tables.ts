/** The tables that Millrace made in the workspace's destination. */
import { MillraceError } from '../../errors.ts'
import { refuseReservedTable } from '../../metadata-tables.ts'
import type { TableStatus } from '../../query.ts'
import type { Column, Table } from '../../rows.ts'
import type { DataPlane } from '../data-plane.ts'
import { newestMappings } from '../store/mappings.ts'
import { queriesInto } from '../store/scheduled-queries.ts'
import type { Store } from '../store/store.ts'
import { authorOf, notFound, operation, type Page } from './operation.ts'

export interface TableDraft {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

export interface DropRequest {
  /** The name of the table once more. */
  readonly confirm: string | undefined
  /** Although event types or scheduled queries fill it. */
  readonly isForced: boolean
}

const columnTypes = /^(BOOLEAN|BIGINT|DOUBLE|DECIMAL\(38,\d{1,2}\)|TIMESTAMP|DATE|VARCHAR|JSON)$/

export function tableOperations(store: Store, dataPlane: DataPlane) {
  return {
    /** By name. */
    list: operation('tables:read', async (caller, { limit, after = '' }: Page) => {
      const tables = await dataPlane.tables(caller.workspace)
      return tables
        .filter(({ name }) => name > after)
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .slice(0, limit)
    }),

    /**
     * Creates the table, or adds columns and widens those that it has; never drops or narrows one.
     * @throws MillraceError `invalid_request`: a type is none; `conflict`: `isNew`, and it exists; `invalid_mapping`: a name, or what
     * mappings know of a column, is against it; `query_refused`: the name is reserved; `schema_conflict`.
     */
    put: operation('tables:write', async (caller, table: TableDraft, { isNew }: { isNew: boolean }) => {
      const wrong = table.columns.find(({ type }) => !columnTypes.test(type))
      if (wrong)
        throw new MillraceError('invalid_request', `The column ${wrong.name} cannot have the type ${wrong.type}`)
      refuseReservedTable(table.name)
      const tables = await dataPlane.tables(caller.workspace)
      const present = tables.find(({ name }) => name.toLowerCase() === table.name.toLowerCase())
      const isThere = present !== undefined
      if (isNew && isThere) throw new MillraceError('conflict', `There is a table ${table.name} already`)
      await store.change(authorOf(caller), async () => ({
        result: undefined,
        audit: {
          workspaceId: caller.workspace,
          action: isThere ? 'table.altered' : 'table.created',
          object: table.name,
        },
      }))
      const isKept = (column: Column) =>
        present?.columns.some(({ name, type }) => name === column.name && type === column.type)
      const changed = (table as Table).columns.filter((column) => !isKept(column))
      const asked = { name: table.name, columns: changed }
      if (changed.length > 0 || !isThere) await dataPlane.evolveTable(caller.workspace, asked)
      return (await dataPlane.tables(caller.workspace)).find(({ name }) => name === table.name)!
    }),

    /**
     * Drops a table with its rows. Event types whose mappings fill it, and scheduled queries, make it anew as soon as they write again.
     * @throws MillraceError `not_found`; `conflict`: something fills it, and it is not `isForced`; `unconfirmed`: `confirm` is not its name.
     */
    drop: operation('tables:write', async (caller, name: string, { confirm, isForced }: DropRequest): Promise<void> => {
      const table = (await dataPlane.tables(caller.workspace)).find((table) => table.name === name)
      if (!table) throw notFound('table')
      const users = await usersOf(store, caller.workspace, name)
      if (users.length > 0 && !isForced) throw inUse(name, users)
      if (confirm !== name) throw unconfirmed(table, users)
      const detail = { rowCount: table.rowCount, isForced }
      await store.change(authorOf(caller), async () => ({
        result: undefined,
        audit: { workspaceId: caller.workspace, action: 'table.dropped', object: name, detail },
      }))
      if ((await dataPlane.dropTable(caller.workspace, name)) === undefined) throw notFound('table')
    }),

    get: operation('tables:read', async (caller, name: string) => {
      const table = (await dataPlane.tables(caller.workspace)).find((table) => table.name === name)
      if (!table) throw notFound('table')
      return table
    }),
  }
}

/** What fills a table, in words: event types that are neither discarded nor unmapped, and scheduled queries. */
async function usersOf({ db }: Store, workspace: string, table: string): Promise<string[]> {
  const eventTypes = (await newestMappings(db, workspace)).filter(({ tableName, mapping }) => {
    const { isForgotten, isDiscarded } = JSON.parse(mapping) as { isForgotten?: boolean; isDiscarded?: boolean }
    return tableName === table && !isForgotten && !isDiscarded
  })
  const queries = await queriesInto(db, workspace, table)
  return [
    ...eventTypes.map(({ eventType }) => `the event type ${JSON.stringify(eventType)}`),
    ...queries.map(({ id, label }) => `the scheduled query ${id} ${JSON.stringify(label)}`),
  ]
}

const usersShownMax = 5

function shownUsers(users: readonly string[]): string {
  const more = users.length > usersShownMax ? ` and ${users.length - usersShownMax} more` : ''
  return `${users.slice(0, usersShownMax).join(', ')}${more}`
}

function inUse(table: string, users: readonly string[]): MillraceError {
  return new MillraceError('conflict', `The table ${table} is filled by ${shownUsers(users)}`, {
    hint: 'Map the event types to another table, discard or unmap them, and delete the scheduled queries; or drop it with "force", and it is made anew, empty.',
  })
}

function unconfirmed({ name, rowCount }: TableStatus, users: readonly string[]): MillraceError {
  const anew = users.length === 0 ? '' : `, and ${shownUsers(users)} will make it anew`
  return new MillraceError('unconfirmed', `This drops the table ${name} with ${rowCount} rows, for good${anew}`, {
    hint: `Repeat it with confirm=${name}.`,
    fields: [{ field: 'confirm', message: name }],
  })
}
