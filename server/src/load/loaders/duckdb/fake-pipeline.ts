/**
 * Loads made-up rows into the DuckDB file it is named, so many in each range, until it is killed, altering the table again and again: what
 * `duckdb.integration.test.ts` kills. It says where it started, and each position once it is written.
 */
import { type Books, type ColumnType, emptyBooks, type Table } from '../../../rows.ts'
import { type FakeValue, fakeBatch } from '../../fake-batch.ts'
import { duckdb } from '../duckdb.ts'
import { checkpointLimits } from './checkpoints.ts'

/** Types of the column `v`, each wider than the one before, and as the value of a row. */
const types: readonly [ColumnType, (id: number) => FakeValue][] = [
  ['BIGINT', (id) => BigInt(id)],
  ['DECIMAL(38,2)', (id) => `${id}`],
  ['VARCHAR', (id) => `${id}`],
  ['JSON', (id) => `"${id}"`],
]

/** The table as of a range: every fourth adds a column or widens one, and every 16 a further table begins. */
export function tableAt(range: number): { table: Table; rowOf: (id: number) => FakeValue[] } {
  const step = Math.floor(range / 4) % 4
  const [type, value] = types[step]!
  const extra = Array.from({ length: step }, (_, index) => `c${index}`)
  return {
    table: {
      name: `t${Math.floor(range / 16)}`,
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'v', type },
        ...extra.map((name) => ({ name, type: 'VARCHAR' as const })),
      ],
    },
    rowOf: (id) => [BigInt(id), value(id), ...extra.map((name) => `${name} of row ${id}`)],
  }
}

if (process.argv[2] !== undefined) {
  const rowsPerRange = Number(process.argv[3])
  checkpointLimits.bytes = 200 * rowsPerRange
  const destination = await duckdb.open(duckdb.settings.parse({ path: process.argv[2] }), new AbortController().signal)
  let position = Number(await destination.claim(0))
  for (;;) {
    process.send!(position)
    const { table, rowOf } = tableAt(position / rowsPerRange)
    await destination.evolve(table)
    const rows = Array.from({ length: rowsPerRange }, (_, index) => rowOf(position + index))
    const range = { partition: 0, start: BigInt(position), end: BigInt(position + rowsPerRange) }
    const books: Books = { ...emptyBooks, received: rowsPerRange, loaded: rowsPerRange }
    await destination.write([fakeBatch(table, rows)], range, books)
    position += rowsPerRange
  }
}
