/** Tables of a workspace as people change them, beside what events make of them. */
import { MillraceError } from './errors.ts'
import type { Destination } from './load/loader.ts'
import type { Pipeline } from './pipeline.ts'
import type { Table } from './rows.ts'

export interface TablesOf {
  readonly destination: Destination
  readonly pipeline: Pipeline
  readonly betweenBatches: <T>(job: () => Promise<T>) => Promise<T>
}

/** What a person asks for is on record first: where the process ends between the two, the first event makes the columns. */
export async function evolveDeclared({ destination, pipeline }: TablesOf, table: Table): Promise<void> {
  await pipeline.mapper.declare(table)
  await destination.evolve(table)
}

/**
 * The table goes first: where the process ends between the two, mappings know of columns that are gone, which hinders nobody. Not
 * within a batch, whose rows were made for the table as it was.
 */
export function dropTable({ destination, pipeline, betweenBatches }: TablesOf, table: string) {
  return betweenBatches(async () => {
    const rowCount = await destination.dropTable(table)
    await pipeline.mapper.dropped(table)
    return rowCount
  })
}

/** Tells when there may be other tables or columns than before. */
export function tellingOfTables(destination: Destination, tell: () => void): Destination {
  const telling =
    <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const result = await run(...args)
      tell()
      return result
    }
  return {
    ...destination,
    evolve: telling(destination.evolve),
    statement: telling(destination.statement),
    dropTable: telling(destination.dropTable),
  }
}

/** @throws MillraceError `query_refused`: the table holds rows of events, whether or not more come. */
export async function refuseFilled(destination: Destination, name: string): Promise<void> {
  const tables = await destination.tables()
  const isFilled = tables.some((table) => table.name === name && !table.isDerived && table.rowCount > 0)
  if (isFilled) throw new MillraceError('query_refused', `The table ${name} holds rows of events`)
}
