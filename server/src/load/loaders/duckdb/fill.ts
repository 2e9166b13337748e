/** Fills columns of rows that are there already, where they are null. */
import type { RowBatch } from '../../../rows.ts'
import { readTables } from './catalog.ts'
import type { RowWriter } from './row-source.ts'
import { quoteName } from './sql.ts'
import { inTransaction } from './transaction.ts'
import { checkTables } from './write.ts'

/** One transaction. @returns how many rows were changed. @throws MillraceError `schema_conflict`; errors of DuckDB. */
export async function fillRows(
  { writer, rowSource }: RowWriter,
  batch: RowBatch,
  keys: readonly string[],
): Promise<number> {
  const { name, columns } = batch.table
  const table = `main.${quoteName(name)}`
  const filled = columns.map((column) => column.name).filter((column) => !keys.includes(column))
  const has = (column: string) => `${table}.${quoteName(column)}`
  const given = (column: string) => `given.${quoteName(column)}`
  const set = filled.map((column) => `${quoteName(column)} = coalesce(${has(column)}, ${given(column)})`)
  const isSame = keys.map((key) => `${has(key)} = ${given(key)}`)
  const isMissing = filled.map((column) => `(${has(column)} IS NULL AND ${given(column)} IS NOT NULL)`)
  return inTransaction(writer, async () => {
    checkTables(await readTables(writer, [name]), [batch])
    return rowSource.with(batch, async (relation) => {
      const { rowsChanged } = await writer.run(
        `UPDATE ${table} SET ${set.join(', ')} FROM ${relation} AS given
         WHERE ${isSame.join(' AND ')} AND (${isMissing.join(' OR ')})`,
      )
      return rowsChanged
    })
  })
}
