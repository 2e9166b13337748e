/** Writes rows of a table with a primary key: the newest row of each key stays, in the table and among the rows that come. */
import type { RowBatch } from '../../../rows.ts'
import type { RowWriter } from './row-source.ts'
import { quoteName } from './sql.ts'

/** Inside the caller's transaction. Of rows with the same key the last counts. @returns how many rows were replaced or never written. */
export async function upsert(
  { writer, rowSource }: RowWriter,
  batch: RowBatch,
  primaryKey: readonly string[],
): Promise<number> {
  const table = `main.${quoteName(batch.table.name)}`
  const columns = batch.table.columns.map(({ name }) => quoteName(name)).join(', ')
  const keys = primaryKey.map(quoteName)
  await rowSource.with(batch, (relation) =>
    // The rows come from one thread, in their order, so that numbering them numbers the events.
    writer.run(`CREATE OR REPLACE TEMP TABLE ${staged} AS SELECT *, row_number() OVER () AS ${place} FROM ${relation}`),
  )
  const isSame = keys.map((key) => `${table}.${key} = ${staged}.${key}`).join(' AND ')
  const { rowsChanged: replaced } = await writer.run(
    `DELETE FROM ${table} WHERE EXISTS (SELECT 1 FROM ${staged} WHERE ${isSame})`,
  )
  const { rowsChanged: written } = await writer.run(
    `INSERT INTO ${table} (${columns})
     SELECT ${columns} FROM ${staged}
     QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${place} DESC) = 1
     ORDER BY ${place}`,
  )
  await writer.run(`DROP TABLE ${staged}`)
  return replaced + batch.rowCount - written
}

const staged = 'temp._millrace_staged'
const place = '_millrace_place'
