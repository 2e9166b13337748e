/**
 * A mapping: which columns of which table the fields of one event type fill. Plain JSON, immutable, numbered: every change is a new
 * version, stored before the first row that needs it is written.
 */
import type { ExtractorSettings, Leaf } from '@millrace/json/extraction'
import { z } from 'zod'
import type { Column, ColumnType, Table } from '../rows.ts'
import { restColumn, systemColumns, type traceColumns } from './column-names.ts'
import type { FieldPath } from './field-path.ts'
import { decimalScale, type FieldType } from './field-type.ts'
import { mapLimits } from './limits.ts'

export interface Field {
  readonly path: FieldPath
  readonly column: string
  readonly type: ColumnType
  /** What the column may hold: see `settled`. */
  readonly seen: FieldType
}

export interface Mapping {
  readonly eventType: string
  /** From 1, rising. */
  readonly version: number
  readonly table: string
  readonly mode: 'AUTO_MAP'
  /** In the order of the table's columns: new ones come last. */
  readonly fields: readonly Field[]
  /** Whether there were more fields than columns, so that the table has the column `_rest`. */
  readonly isFull: boolean
}

const columnTypeSchema = z.union([
  z.enum(['BOOLEAN', 'BIGINT', 'DOUBLE', 'TIMESTAMP', 'DATE', 'VARCHAR', 'JSON']),
  z.templateLiteral(['DECIMAL(38,', z.int().min(0).max(38), ')']),
])

const fieldTypeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['boolean', 'date', 'timestamp', 'text', 'json']) }),
  z.object({
    kind: z.literal('number'),
    intDigits: z.int(),
    scale: z.int(),
    isBigint: z.boolean(),
    isDouble: z.boolean(),
  }),
])

export const mappingSchema: z.ZodType<Mapping> = z.object({
  eventType: z.string(),
  version: z.int().positive(),
  table: z.string(),
  mode: z.literal('AUTO_MAP'),
  fields: z.array(
    z.object({
      path: z.array(z.string()).min(1).max(mapLimits.pathDepthMax),
      column: z.string(),
      type: columnTypeSchema,
      seen: fieldTypeSchema,
    }),
  ),
  isFull: z.boolean(),
})

type SystemColumn = (typeof systemColumns)[number] | (typeof traceColumns)[number]

/** The table that a mapping fills: the system's columns and those that trace users' code, one for each field, and the rest. */
export function tableOf({ table, fields, isFull }: Mapping, traces: readonly SystemColumn[] = []): Table {
  const columns: Column[] = [...systemColumns, ...traces].map((name) => ({ name, type: systemTypes[name] }))
  for (const { column, type } of fields) columns.push({ name: column, type })
  if (isFull) columns.push({ name: restColumn, type: 'JSON' })
  return { name: table, columns }
}

const systemTypes: Record<SystemColumn, ColumnType> = {
  _id: 'VARCHAR',
  _time: 'TIMESTAMP',
  _received_at: 'TIMESTAMP',
  _input: 'VARCHAR',
  _event_type: 'VARCHAR',
  _transform_version: 'BIGINT',
  _parent_id: 'VARCHAR',
}

/** What an extractor of these fields is opened with. */
export function extractorSettings(fields: readonly Pick<Field, 'path' | 'type'>[]): ExtractorSettings {
  const { pathDepthMax: depthMax, valueBytesMax } = mapLimits
  return { leaves: fields.map(leafOf), depthMax, valueBytesMax }
}

function leafOf({ path, type }: Pick<Field, 'path' | 'type'>): Leaf {
  const scale = decimalScale(type)
  return scale === undefined ? { path, type: type as Leaf['type'] } : { path, type: 'DECIMAL', scale }
}
