/**
 * Series under the names of their buckets. A table is named so that SQL needs no quotes: the values of the bucket `My Bucket` are in
 * the table `My_Bucket`, those of `3f2c-…` in `_3f2c_…`. A view has them under the bucket's key as it is, and another one under
 * its name. A name that something else has stays with that; of buckets of one name the oldest has it.
 */
import { isReservedTable } from '../metadata-tables.ts'
import type { TableStatus, ViewDraft } from '../query.ts'
import { columnOfRow, foldName, quoteName, quoteText, rowAlias } from '../semantic/sql.ts'
import type { SeriesTable } from './store/buckets.ts'

/** More would cost each change of a table more than they are worth; the tables are there all the same. */
const viewsMax = 2_000
const columnsWanted = ['key', 'value', 'epoch']

/** @param taken names, folded, of other views. @param series oldest bucket first. */
export function seriesViews(
  series: readonly SeriesTable[],
  tables: readonly TableStatus[],
  taken: ReadonlySet<string>,
): ViewDraft[] {
  const byName = new Map(tables.map((table) => [foldName(table.name), table]))
  const present = series.flatMap((bucket) => {
    const table = byName.get(foldName(bucket.tableName))
    return table !== undefined && isOfSeries(table) ? [{ ...bucket, table }] : []
  })
  const wanted = [
    ...present.map(({ eventType, table }) => ({ name: eventType, eventType, table })),
    ...present.map(({ name, eventType, table }) => ({ name, eventType, table })),
  ]
  const views = new Map<string, ViewDraft>()
  for (const { name, eventType, table } of wanted) {
    const folded = foldName(name)
    if (name === '' || byName.has(folded) || taken.has(folded) || views.has(folded) || isReservedTable(name)) continue
    if (views.size >= viewsMax) break
    views.set(folded, { name, sql: sqlOf(table, eventType) })
  }
  return [...views.values()]
}

function isOfSeries({ columns, isDerived }: TableStatus): boolean {
  return !isDerived && columnsWanted.every((wanted) => columns.some(({ name }) => foldName(name) === wanted))
}

/** Several event types may fill one table. */
function sqlOf({ name, columns }: TableStatus, eventType: string): string {
  const shown = columns.map(({ name }) => columnOfRow(name)).join(', ')
  return `SELECT ${shown} FROM main.${quoteName(name)} AS ${rowAlias} WHERE ${columnOfRow('_event_type')} = ${quoteText(eventType)}`
}
