/** What mappings know of a table that is dropped goes with it: its name is free again, and its columns may have other types. */
import { isDeepStrictEqual } from 'node:util'
import type { Mapping } from '../mapping.ts'

/**
 * The next version of a mapping of which something goes; undefined where nothing does. One that is in force keeps its fields, and with
 * its next events makes the table anew.
 */
export function withoutTable(mapping: Mapping, table: string): Mapping | undefined {
  const next = {
    ...mapping,
    ...(mapping.isForgotten && mapping.table === table ? { table: '', primaryKey: [], isFull: false } : {}),
    retired: mapping.retired.filter((column) => column.table !== table),
    formerTables: mapping.formerTables.filter((name) => name !== table),
  }
  return isDeepStrictEqual(next, mapping) ? undefined : { ...next, version: mapping.version + 1 }
}
