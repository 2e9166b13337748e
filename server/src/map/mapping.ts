/**
 * A mapping: which columns of which table the fields of one event type fill. Plain JSON, immutable, numbered: every change is a new
 * version, stored before the first row that needs it is written.
 */
import type { ExtractorSettings, Leaf } from '@millrace/json/extraction'
import { z } from 'zod'
import { type MappingMode, mappingModes } from '../mappings.ts'
import type { Column, ColumnType, Table } from '../rows.ts'
import { restColumn, systemColumns, type traceColumns } from './column-names.ts'
import { type FieldPath, pathKey } from './field-path.ts'
import { decimalScale, type FieldType } from './field-type.ts'
import { mapLimits } from './limits.ts'

/**
 * What becomes of a value that neither fits its column nor can be converted: the column widens, if Millrace chose its type; the
 * event is set aside; the value is left out. A column whose type a person chose (`isFixed`) never widens: under `widen`, such an
 * event is set aside.
 */
export const conflictRules = ['widen', 'restream', 'null'] as const
export type ConflictRule = (typeof conflictRules)[number]

export interface Field {
  readonly path: FieldPath
  readonly column: string
  readonly type: ColumnType
  /** What the column may hold: see `settled`. */
  readonly seen: FieldType
  /** Who chose the type. */
  readonly origin: 'auto' | 'user'
  /** An event without a value here is set aside. */
  readonly nonNull?: boolean
  /** Characters (Unicode code points) that a VARCHAR may have. */
  readonly length?: number
  /** Whether a longer text is cut rather than its event set aside. */
  readonly truncate?: boolean
  /** Digits that a DECIMAL may have in all: less its scale, those before the point. */
  readonly precision?: number
  /** Of a JSON column: an object is one value, rather than looked at member by member. */
  readonly isWhole?: true
  /** Whether it is no data but what is known of the event: see `metadata.ts`. */
  readonly isMetadata?: true
}

/** A column that no field fills any more; it stays in its table, with its data. The field gets it back where it is mapped again. */
export interface RetiredColumn extends Pick<Field, 'path' | 'column' | 'type' | 'seen'> {
  readonly table: string
}

export interface Mapping {
  readonly eventType: string
  /** From 1, rising. */
  readonly version: number
  /** Empty until the first rows name it, of an event type that was set before it was seen. */
  readonly table: string
  /** Counts unless `usesDefaultMode`. */
  readonly mode: MappingMode
  /** Whether the workspace's mode counts. */
  readonly usesDefaultMode: boolean
  /** Whether all its events are discarded. */
  readonly isDiscarded: boolean
  /** Whether it was removed: what is left says which columns its tables have. */
  readonly isForgotten: boolean
  readonly onConflict: ConflictRule
  /** Columns by which a newer row replaces an older one; none for a table that keeps every row. */
  readonly primaryKey: readonly string[]
  /** In the order of the table's columns: new ones come last. */
  readonly fields: readonly Field[]
  /** Fields that are discarded, with all that lies below them but what has a column. */
  readonly discarded: readonly FieldPath[]
  readonly retired: readonly RetiredColumn[]
  /** Tables that it filled before: their names stay taken. */
  readonly formerTables: readonly string[]
  /** Whether there were more fields than columns, so that the table has the column `_rest`. */
  readonly isFull: boolean
}

/** What a mapping is where nobody has said anything. */
export const mappingDefaults = {
  mode: 'AUTO_MAP',
  usesDefaultMode: true,
  isDiscarded: false,
  isForgotten: false,
  onConflict: 'widen',
  primaryKey: [],
  fields: [],
  discarded: [],
  retired: [],
  formerTables: [],
  isFull: false,
} as const satisfies Partial<Mapping>

/** Whether no value makes the column another type. */
export function isFixed({ origin, length, precision }: Field): boolean {
  return origin === 'user' || length !== undefined || precision !== undefined
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

const path = z.array(z.string()).min(1).max(mapLimits.pathDepthMax)
const columnShape = { path, column: z.string(), type: columnTypeSchema, seen: fieldTypeSchema }

/** Mappings of before there were modes say less than those of today. */
export const mappingSchema: z.ZodType<Mapping> = z.object({
  eventType: z.string(),
  version: z.int().positive(),
  table: z.string(),
  mode: z.enum(mappingModes),
  usesDefaultMode: z.boolean().default(mappingDefaults.usesDefaultMode),
  isDiscarded: z.boolean().default(mappingDefaults.isDiscarded),
  isForgotten: z.boolean().default(mappingDefaults.isForgotten),
  onConflict: z.enum(conflictRules).default(mappingDefaults.onConflict),
  primaryKey: z.array(z.string()).default([]),
  fields: z.array(
    z.object({
      ...columnShape,
      origin: z.enum(['auto', 'user']).default('auto'),
      nonNull: z.boolean().exactOptional(),
      length: z.int().positive().exactOptional(),
      truncate: z.boolean().exactOptional(),
      precision: z.int().positive().exactOptional(),
      isWhole: z.literal(true).exactOptional(),
      isMetadata: z.literal(true).exactOptional(),
    }),
  ),
  discarded: z.array(path).default([]),
  retired: z.array(z.object({ ...columnShape, table: z.string() })).default([]),
  formerTables: z.array(z.string()).default([]),
  isFull: z.boolean(),
})

type SystemColumn = (typeof systemColumns)[number] | (typeof traceColumns)[number]

/** Tables that have no traces, which are asked for with each batch. */
const tablesKnown = new WeakMap<Mapping, Table>()

/** The table that a mapping fills: the system's columns and those that trace users' code, one for each field, and the rest. */
export function tableOf(mapping: Mapping, traces: readonly SystemColumn[] = []): Table {
  if (traces.length > 0) return makeTable(mapping, traces)
  const known = tablesKnown.get(mapping)
  if (known) return known
  const table = makeTable(mapping, [])
  tablesKnown.set(mapping, table)
  return table
}

function makeTable({ table, fields, isFull, primaryKey }: Mapping, traces: readonly SystemColumn[]): Table {
  const columns: Column[] = [...systemColumns, ...traces].map((name) => ({ name, type: systemTypes[name] }))
  for (const { column, type } of fields) columns.push({ name: column, type })
  if (isFull) columns.push({ name: restColumn, type: 'JSON' })
  return primaryKey.length === 0 ? { name: table, columns } : { name: table, columns, primaryKey }
}

const systemTypes: Record<SystemColumn, ColumnType> = {
  _id: 'VARCHAR',
  _time: 'TIMESTAMP',
  _received_at: 'TIMESTAMP',
  _input: 'VARCHAR',
  _event_type: 'VARCHAR',
  _transform_version: 'BIGINT',
  _parent_id: 'VARCHAR',
  _source: 'VARCHAR',
  _day: 'DATE',
  _last_day: 'DATE',
}

/** What an extractor of these fields is opened with; what it finds at the `dropped` paths it passes over. */
export function extractorSettings(
  fields: readonly Pick<Field, 'path' | 'type' | 'isMetadata'>[],
  dropped: readonly FieldPath[] = [],
): ExtractorSettings {
  const { pathDepthMax: depthMax, valueBytesMax } = mapLimits
  const passedOver = fields.filter(({ isMetadata }) => isMetadata).map(({ path }) => pathKey(path))
  const others = passedOver.length === 0 ? dropped : dropped.filter((path) => !passedOver.includes(pathKey(path)))
  const leaves = [...fields.map(leafOf), ...others.map((path): Leaf => ({ path, type: 'DISCARD' }))]
  return { leaves, depthMax, valueBytesMax }
}

/** Data where metadata goes is nothing that anybody asked for. */
function leafOf({ path, type, isMetadata }: Pick<Field, 'path' | 'type' | 'isMetadata'>): Leaf {
  if (isMetadata) return { path, type: 'DISCARD' }
  const scale = decimalScale(type)
  return scale === undefined ? { path, type: type as Leaf['type'] } : { path, type: 'DECIMAL', scale }
}
