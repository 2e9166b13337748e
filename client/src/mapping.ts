/**
 * A mapping as a person edits it: pure functions that give a new one. Nothing happens on the server before
 * {@link setMapping} is called with what they gave.
 */
import type { components } from './openapi.ts'

export type MappingMode = 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
export type ConflictRule = 'widen' | 'restream' | 'null'
export type ColumnType = 'BOOLEAN' | 'BIGINT' | 'DOUBLE' | 'DECIMAL' | 'TIMESTAMP' | 'DATE' | 'VARCHAR' | 'JSON'

/** Keys from the outside in: `['customer', 'address']`. */
export type FieldPath = readonly string[]

export type MappedField = Readonly<components['schemas']['MappedField']>

/** The whole of a mapping. */
export interface Mapping {
  readonly mode: MappingMode
  /** Whether the workspace's mode counts. */
  readonly usesDefaultMode: boolean
  /** Whether all its events are discarded. */
  readonly isDiscarded: boolean
  readonly table: string
  /** Of a value that does not fit its column: `widen`, `restream` or `null`. */
  readonly onConflict: ConflictRule
  /** Columns by which a newer row replaces an older one. */
  readonly primaryKey: readonly string[]
  readonly fields: readonly MappedField[]
}

/** What a column may hold. */
export interface Column {
  readonly column: string
  /** Also with its digits: `DECIMAL(38,2)`. */
  readonly type: ColumnType | (string & {})
  /** An event without a value here is set aside. */
  readonly nonNull?: boolean
  /** Characters of a VARCHAR. */
  readonly length?: number
  /** Whether longer texts are cut; otherwise their events are set aside. */
  readonly truncate?: boolean
  /** Digits of a DECIMAL: in all, and behind the point. */
  readonly precision?: number
  readonly scale?: number
  /** Of a JSON column: an object is one value, and there are no entries below it. */
  readonly isWhole?: boolean
  /** The path is `_metadata` and a name: what is known of the event, `_metadata.@uuid` for one. */
  readonly isMetadata?: boolean
}

/** `customer.address`, or the keys as a list where one of them has a dot in it. */
export function pathOf(path: string | FieldPath): FieldPath {
  return typeof path === 'string' ? path.split('.') : path
}

export function findField(mapping: Mapping, path: string | FieldPath): MappedField | undefined {
  return mapping.fields.find((field) => isSamePath(field.path, pathOf(path)))
}

/** The field whose column this is, upper and lower case alike. */
export function findFieldOfColumn(mapping: Mapping, column: string): MappedField | undefined {
  return mapping.fields.find((field) => field.column?.toLowerCase() === column.toLowerCase())
}

/** The field goes to that column, whatever it did before; a field below others needs no entry for these. */
export function mapField(mapping: Mapping, path: string | FieldPath, column: Column): Mapping {
  return withField(mapping, { path: [...pathOf(path)], ...column })
}

/** Another column for the same field, with the same type: a new one, while the old one stays in the table with its data. */
export function renameField(mapping: Mapping, path: string | FieldPath, column: string): Mapping {
  const present = findField(mapping, path)
  if (present?.column === undefined) throw new RangeError(`The field ${pathOf(path).join('.')} has no column`)
  const primaryKey = mapping.primaryKey.map((key) => (key === present.column ? column : key))
  return { ...withField(mapping, { ...present, column }), primaryKey }
}

/** The field, and all below it that has no entry of its own, is dropped in every mode. */
export function discardField(mapping: Mapping, path: string | FieldPath): Mapping {
  return withField(mapping, { path: [...pathOf(path)], isDiscarded: true })
}

/** The field has no column any more: the mode decides what becomes of it, and AUTO_MAP maps it again. */
export function unmapField(mapping: Mapping, path: string | FieldPath): Mapping {
  return { ...mapping, fields: mapping.fields.filter((field) => !isSamePath(field.path, pathOf(path))) }
}

/** null: that of the workspace counts. */
export function withMode(mapping: Mapping, mode: MappingMode | null): Mapping {
  return mode === null ? { ...mapping, usesDefaultMode: true } : { ...mapping, mode, usesDefaultMode: false }
}

/** Whether all its events are discarded. Its fields and its table stay as they are, for when they are wanted again. */
export function withEventsDiscarded(mapping: Mapping, isDiscarded = true): Mapping {
  return { ...mapping, isDiscarded }
}

function withField(mapping: Mapping, field: MappedField): Mapping {
  const place = mapping.fields.findIndex(({ path }) => isSamePath(path, field.path))
  if (place < 0) return { ...mapping, fields: [...mapping.fields, field] }
  return { ...mapping, fields: mapping.fields.with(place, field) }
}

function isSamePath(left: FieldPath, right: FieldPath): boolean {
  return left.length === right.length && left.every((key, place) => key === right[place])
}
