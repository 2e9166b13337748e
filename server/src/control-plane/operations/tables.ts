/** The tables that Millrace made in the workspace's destination. */
import type { DataPlane } from '../data-plane.ts'
import { notFound, operation, type Page } from './operation.ts'

export function tableOperations(dataPlane: DataPlane) {
  return {
    /** By name. */
    list: operation('tables:read', async (caller, { limit, after = '' }: Page) => {
      const tables = await dataPlane.tables(caller.workspace)
      return tables
        .filter(({ name }) => name > after)
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .slice(0, limit)
    }),

    get: operation('tables:read', async (caller, name: string) => {
      const table = (await dataPlane.tables(caller.workspace)).find((table) => table.name === name)
      if (!table) throw notFound('table')
      return table
    }),
  }
}
