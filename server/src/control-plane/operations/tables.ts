/** The tables that Millrace made in the workspace's destination. */
import { MillraceError } from '../../errors.ts'
import type { Column, Table } from '../../rows.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Store } from '../store/store.ts'
import { authorOf, notFound, operation, type Page } from './operation.ts'

export interface TableDraft {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

const columnTypes = /^(BOOLEAN|BIGINT|DOUBLE|DECIMAL\(38,\d{1,2}\)|TIMESTAMP|DATE|VARCHAR|JSON)$/

export function tableOperations(store: Store, dataPlane: DataPlane) {
  /**
   * The mapper knows columns by mappings alone, and would give a field of the same name another type: so they are first mapped for
   * an event type that no event can have, which is forgotten at once and leaves them behind.
   */
  const evolve = async (workspace: string, table: Table, changed: readonly Column[]) => {
    const mappings = dataPlane.mappings(workspace)
    const eventType = ` table ${table.name}` // no event's type begins with white space
    const fields = changed.map(({ name, type }) => ({ path: [name], column: name, type }))
    await mappings.set(eventType, { mode: 'STRICT', table: table.name, fields })
    try {
      await dataPlane.evolveTable(workspace, table)
    } finally {
      await mappings.forget(eventType)
    }
  }

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
     * mappings know of a column, is against it; `schema_conflict`.
     */
    put: operation('tables:write', async (caller, table: TableDraft, { isNew }: { isNew: boolean }) => {
      const wrong = table.columns.find(({ type }) => !columnTypes.test(type))
      if (wrong)
        throw new MillraceError('invalid_request', `The column ${wrong.name} cannot have the type ${wrong.type}`)
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
      if (changed.length > 0) await evolve(caller.workspace, table as Table, changed)
      return (await dataPlane.tables(caller.workspace)).find(({ name }) => name === table.name)!
    }),

    get: operation('tables:read', async (caller, name: string) => {
      const table = (await dataPlane.tables(caller.workspace)).find((table) => table.name === name)
      if (!table) throw notFound('table')
      return table
    }),
  }
}
