/** Rows as a file of Parquet, written while they come: no more than a group of rows is in memory. */
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { ByteWriter, parquetWriteRows } from 'hyparquet-writer'
import type { Column, ColumnType } from './rows.ts'

const rowsInGroup = 10_000

const typeOf = {
  BOOLEAN: 'BOOLEAN',
  BIGINT: 'INT64',
  DOUBLE: 'DOUBLE',
  TIMESTAMP: 'TIMESTAMP',
  VARCHAR: 'STRING',
  JSON: 'JSON',
} as const satisfies Partial<Record<ColumnType, string>>

type WritableColumn = Column & { readonly type: keyof typeof typeOf }

/** Values by the names of columns: times as ms since 1970 UTC, JSON as text. */
export function parquetStream(
  columns: readonly Column[],
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
): Readable {
  const out = new PassThrough()
  const writer = Object.assign(new ByteWriter(), {
    async flush() {
      const bytes = writer.getBytes().slice()
      writer.index = 0
      if (out.destroyed) throw new Error('Nobody reads the file any more')
      if (!out.write(bytes)) await Promise.race([once(out, 'drain'), once(out, 'close')])
    },
  })
  const spec = columns.map(({ name, type }) => ({ name, type: typeOf[type as WritableColumn['type']] }))
  const written = parquetWriteRows({
    writer,
    rows: convertedRows(columns, rows),
    columns: spec,
    rowGroupSize: rowsInGroup,
  })
  Promise.resolve(written)
    .then(() => writer.flush())
    .then(() => out.end())
    .catch((error: unknown) => out.destroy(error as Error))
  return out
}

async function* convertedRows(columns: readonly Column[], rows: AsyncIterable<Readonly<Record<string, unknown>>>) {
  for await (const row of rows) {
    yield Object.fromEntries(columns.map(({ name, type }) => [name, converted(row[name] ?? null, type)]))
  }
}

function converted(value: unknown, type: ColumnType): unknown {
  if (value === null) return null
  if (type === 'TIMESTAMP') return new Date(value as number)
  if (type === 'BIGINT') return BigInt(value as number)
  return type === 'JSON' ? JSON.parse(value as string) : value
}
