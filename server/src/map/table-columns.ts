/** What all mappings together know of one table's columns: those that fields fill, and those that none fills any more. */
import type { ColumnType } from '../rows.ts'
import { type FieldPath, pathKey } from './field-path.ts'
import { columnType, type FieldType, join } from './field-type.ts'
import { isFixed, type Mapping } from './mapping.ts'
import { foldName } from './sql-name.ts'

export interface KnownColumn {
  readonly name: string
  /** What it may hold, all its fields together. */
  readonly seen: FieldType
  readonly type: ColumnType
  /** Which event types fill it, and from where. */
  readonly uses: readonly { readonly eventType: string; readonly path: FieldPath; readonly isFixed: boolean }[]
  /** Fields that filled it once. */
  readonly formerPaths: readonly FieldPath[]
}

/** By folded name. */
export function columnsOf(mappings: Iterable<Mapping>, table: string): Map<string, KnownColumn> {
  const columns = new Map<string, KnownColumn>()
  const note = (name: string, seen: FieldType, more: Partial<KnownColumn>) => {
    const known = columns.get(foldName(name))
    const joined = join(known?.seen, seen)
    columns.set(foldName(name), {
      name,
      seen: joined,
      type: columnType(joined),
      uses: [...(known?.uses ?? []), ...(more.uses ?? [])],
      formerPaths: [...(known?.formerPaths ?? []), ...(more.formerPaths ?? [])],
    })
  }
  for (const mapping of mappings) {
    const { eventType, fields, retired } = mapping
    for (const { table: of, column, seen, path } of retired)
      if (of === table) note(column, seen, { formerPaths: [path] })
    if (mapping.table !== table) continue
    for (const field of fields)
      note(field.column, field.seen, { uses: [{ eventType, path: field.path, isFixed: isFixed(field) }] })
  }
  return columns
}

/** The columns of a mapping's table that the mapping itself does not fill. */
export interface TableColumns {
  /** Those that a new field may fill, by the field's `pathKey`: it filled them before, or does so in events of another type. */
  readonly free: ReadonlyMap<string, { readonly column: string; readonly seen: FieldType }>
  /** All of the table's. */
  readonly names: readonly string[]
}

export const noColumns: TableColumns = { free: new Map(), names: [] }

export function tableColumnsFor(mappings: readonly Mapping[], mapping: Mapping | undefined): TableColumns {
  if (!mapping || mapping.table === '') return noColumns
  const known = columnsOf(mappings, mapping.table)
  const free = new Map<string, { column: string; seen: FieldType }>()
  for (const { name, seen, uses, formerPaths } of known.values()) {
    const isOwn = uses.some(({ eventType }) => eventType === mapping.eventType)
    const paths = new Map([...uses.map(({ path }) => path), ...formerPaths].map((path) => [pathKey(path), path]))
    if (isOwn || paths.size !== 1 || uses.some((use) => use.isFixed)) continue
    const [key] = paths.keys()
    if (!free.has(key!)) free.set(key!, { column: name, seen })
  }
  return { free, names: Array.from(known.values(), ({ name }) => name) }
}
