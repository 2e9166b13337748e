/** What is left of mappings: the columns of tables that nothing fills any more. */
import { MillraceError } from '../../errors.ts'
import { type Mapping, mappingDefaults, type RetiredColumn } from '../mapping.ts'

/** What is kept of a mapping that is removed: which columns its tables have, so that no later one contradicts them. */
export function forgotten(eventType: string, mapping: Mapping | undefined): Mapping {
  if (mapping === undefined || mapping.isForgotten)
    throw new MillraceError('not_found', `There is no mapping of the event type ${JSON.stringify(eventType)}`)
  const { version, table, formerTables, primaryKey, isFull } = mapping
  const retired = retiredBy(mapping, { table, fields: [] })
  const kept = { eventType, version: version + 1, table, formerTables, primaryKey, isFull, retired }
  return { ...mappingDefaults, ...kept, isForgotten: true }
}

/** The columns that nothing fills any more once `next` is what counts, each once. */
export function retiredBy(mapping: Mapping, next: Pick<Mapping, 'table' | 'fields'>): RetiredColumn[] {
  const filled = new Set(next.fields.map(({ column }) => column))
  const own = mapping.fields.map(({ path, column, type, seen }) => ({ path, column, type, seen, table: mapping.table }))
  const columns = new Map<string, RetiredColumn>()
  for (const column of [...mapping.retired, ...own]) {
    if (column.table === next.table && filled.has(column.column)) continue
    columns.set(JSON.stringify([column.table, column.column]), column)
  }
  return [...columns.values()]
}
