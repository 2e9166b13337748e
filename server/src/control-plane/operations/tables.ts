/** The tables that Millrace made in the workspace's destination. */
import { MillraceError } from '../../errors.ts'
import type { Table } from '../../rows.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Store } from '../store/store.ts'
import { authorOf, notFound, operation, type Page } from './operation.ts'

export interface TableDraft {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
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
     * @throws MillraceError `invalid_request`: a type is none; `conflict`: `isNew`, and it exists; `schema_conflict`.
     */
    put: operation('tables:write', async (caller, table: TableDraft, { isNew }: { isNew: boolean }) => {
      const wrong = table.columns.find(({ type }) => !columnTypes.test(type))
      if (wrong)
        throw new MillraceError('invalid_request', `The column ${wrong.name} cannot have the type ${wrong.type}`)
      const tables = await dataPlane.tables(caller.workspace)
      const isThere = tables.some(({ name }) => name.toLowerCase() === table.name.toLowerCase())
      if (isNew && isThere) throw new MillraceError('conflict', `There is a table ${table.name} already`)
      await store.change(authorOf(caller), async () => ({
        result: undefined,
        audit: {
          workspaceId: caller.workspace,
          action: isThere ? 'table.altered' : 'table.created',
          object: table.name,
        },
      }))
      await dataPlane.evolveTable(caller.workspace, table as Table)
      return (await dataPlane.tables(caller.workspace)).find(({ name }) => name === table.name)!
    }),

    get: operation('tables:read', async (caller, name: string) => {
      const table = (await dataPlane.tables(caller.workspace)).find((table) => table.name === name)
      if (!table) throw notFound('table')
      return table
    }),
  }
}
