/**
 * The table function by which DuckDB reads a RowBatch: `SELECT * FROM millrace_rows_…(id)`, the id standing for a batch that is
 * being written. DuckDB works off this thread and asks back for one chunk after the other.
 */
import { randomBytes } from 'node:crypto'
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBConnection,
  DuckDBTableFunction,
  type DuckDBType,
  DuckDBVarCharType,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'
import type { ColumnType, RowBatch } from '../../../rows.ts'
import { type FillTexts, fillChunk, fillTextsPlainly, vectorRows } from './vectors.ts'

export const rowSourcePrefix = 'millrace_rows_'

export interface RowSource {
  /** Lets `job` read the batch by a `SELECT * FROM ${relation}`. */
  with<T>(batch: RowBatch, job: (relation: string) => Promise<T>): Promise<T>
  /** How texts are handed over from now on. */
  fillTexts: FillTexts
}

/** A connection that writes, and how it reads the rows that it is to write. */
export interface RowWriter {
  readonly writer: DuckDBConnection
  readonly rowSource: RowSource
}

/** Registers a function of its own name: connections of one instance share their functions. */
export function registerRowSource(connection: DuckDBConnection): RowSource {
  const name = rowSourcePrefix + randomBytes(8).toString('hex')
  const batches = new Map<bigint, RowBatch>()
  let lastId = 0n
  const source: RowSource = {
    fillTexts: fillTextsPlainly,
    async with(batch, job) {
      const id = ++lastId
      batches.set(id, batch)
      try {
        return await job(`${name}(${id})`)
      } finally {
        batches.delete(id)
      }
    },
  }
  const tableFunction = DuckDBTableFunction.create({
    name,
    parameterTypes: [BIGINT],
    bindFunction(info) {
      const batch = batches.get(info.getParameter(0) as bigint)
      if (batch === undefined) return info.setError('There are no such rows')
      for (const { name, type } of batch.table.columns) info.addResultColumn(name, duckdbType(type))
      info.setCardinality(batch.rowCount, true)
      info.setBindData(batch)
    },
    initFunction(info) {
      info.setMaxThreads(1)
      info.setInitData({ next: 0 })
    },
    mainFunction(info, { chunk }) {
      const batch = info.bindData as RowBatch
      const progress = info.initData as { next: number }
      const count = Math.min(vectorRows, batch.rowCount - progress.next)
      fillChunk(chunk, batch, progress.next, count, source.fillTexts)
      progress.next += count
    },
  })
  connection.registerTableFunction(tableFunction)
  return source
}

function duckdbType(type: ColumnType): DuckDBType {
  if (type.startsWith('DECIMAL')) return DECIMAL(38, Number(type.slice('DECIMAL(38,'.length, -1)))
  return duckdbTypes[type as keyof typeof duckdbTypes]
}

const duckdbTypes = {
  BOOLEAN,
  BIGINT,
  DOUBLE,
  TIMESTAMP,
  DATE,
  VARCHAR,
  // Named so, its values are taken as they are; as VARCHAR each would be parsed once more.
  JSON: DuckDBVarCharType.create('JSON'),
} satisfies Partial<Record<ColumnType, DuckDBType>>
