/** A mapping on its way to its next version: it learns of findings, in any order, and names what is new when nothing more comes. */
import { isDeepStrictEqual } from 'node:util'
import { nameColumns } from './column-names.ts'
import { comparePaths, type FieldPath, pathKey } from './field-path.ts'
import { columnType, type FieldType, join, settled, widens } from './field-type.ts'
import { mapLimits } from './limits.ts'
import { type Field, type Mapping, mappingDefaults } from './mapping.ts'
import { noColumns, type TableColumns } from './table-columns.ts'

/** Something was seen at a path. */
export interface Finding {
  readonly path: FieldPath
  readonly seen: FieldType
  /** Of a field of metadata, which no event changes. */
  readonly isMetadata?: true
}

export class MappingDraft {
  readonly #mapping: Mapping | undefined
  readonly #columns: TableColumns
  /** What each of the mapping's fields holds, by `pathKey`. */
  readonly #known: Map<string, Finding>
  /** Fields that the mapping does not have. */
  #fresh = new Map<string, Finding>()
  #isFull: boolean
  #revision = 0

  /** `columns` are the table's that the mapping does not fill. */
  constructor(mapping: Mapping | undefined, columns: TableColumns = noColumns) {
    this.#mapping = mapping
    this.#columns = columns
    this.#known = new Map((mapping?.fields ?? []).map((field) => [pathKey(field.path), field]))
    this.#isFull = mapping?.isFull ?? false
  }

  learn(findings: Iterable<Finding>): void {
    for (const { path, seen } of findings) {
      const key = pathKey(path)
      const isKnown = this.#known.has(key)
      if (!isKnown && this.#known.size >= mapLimits.columnsMax) {
        this.#isFull = true
        continue
      }
      const fields = isKnown ? this.#known : this.#fresh
      const before = fields.get(key)?.seen
      const after = join(before ?? this.#columns.free.get(key)?.seen, seen)
      fields.set(key, { path, seen: after })
      if (before === undefined || columnType(before) !== columnType(after)) this.#revision++
    }
    if (this.#fresh.size > 2 * mapLimits.columnsMax) this.#dropExcess()
  }

  /** Changes whenever `fields` do, facts aside that change no column. */
  get revision(): number {
    return this.#revision
  }

  /** Whether some fields have no column. */
  get isFull(): boolean {
    this.#dropExcess()
    return this.#isFull
  }

  knows(path: FieldPath): boolean {
    const key = pathKey(path)
    return this.#known.has(key) || this.#fresh.has(key)
  }

  /** The fields as they are now, in the order of the columns that they will fill. */
  fields(): Pick<Field, 'path' | 'type' | 'seen' | 'isMetadata'>[] {
    return [...this.#known.values(), ...this.#freshInOrder()].map(({ path, seen, isMetadata }) => ({
      path,
      type: columnType(seen),
      seen,
      ...(isMetadata && { isMetadata }),
    }))
  }

  /** The next version, or the mapping itself where it says all that was found. `table` is the one that the rows go to. */
  finish(eventType: string, table: string): Mapping {
    const present = this.#mapping?.fields ?? []
    const fresh = this.#freshInOrder()
    const named = this.#names(fresh, present)
    const fields = present.map((field) => widened(field, this.#known.get(pathKey(field.path))!.seen))
    for (const { path, seen } of fresh) fields.push(freshField(path, named.get(pathKey(path))!, settled(seen)))
    const { version, ...rest }: Mapping = this.#mapping ?? { ...mappingDefaults, eventType, table, version: 0 }
    const next: Mapping = {
      ...rest,
      table,
      formerTables: formerTables(rest, table),
      version: version + 1,
      ...(rest.isForgotten ? { isForgotten: false, primaryKey: [] } : {}),
      fields,
      retired: rest.retired.filter(({ table: of, column }) => of !== table || !fills(fields, column)),
      isFull: this.#isFull,
    }
    const isNew = this.#mapping === undefined || !isDeepStrictEqual({ ...next, version }, this.#mapping)
    return isNew ? next : this.#mapping!
  }

  /** By `pathKey`: the column that the table has for a field already, or a new one. */
  #names(fresh: readonly Finding[], present: readonly Field[]): Map<string, string> {
    const { free, names } = this.#columns
    const found = fresh.map(({ path }) => ({ path, key: pathKey(path), column: free.get(pathKey(path))?.column }))
    const named = new Map(found.filter(({ column }) => column !== undefined).map(({ key, column }) => [key, column!]))
    const unnamed = found.filter(({ column }) => column === undefined).map(({ path }) => path)
    for (const { path, column } of nameColumns(unnamed, [...present.map(({ column }) => column), ...names]))
      named.set(pathKey(path), column)
    return named
  }

  #freshInOrder(): Finding[] {
    this.#dropExcess()
    return [...this.#fresh.values()].sort((left, right) => comparePaths(left.path, right.path))
  }

  /**
   * Leaves the new fields that get a column: the first in order. One that is dropped would be dropped whatever else is found, so it
   * does not matter when this is done.
   */
  #dropExcess(): void {
    const room = mapLimits.columnsMax - this.#known.size
    const { free, names } = this.#columns
    let newRoom = Math.max(0, mapLimits.tableColumnsMax - Math.max(names.length, this.#known.size))
    if (this.#fresh.size <= Math.min(room, newRoom)) return
    const inOrder = [...this.#fresh].sort(([, left], [, right]) => comparePaths(left.path, right.path))
    const kept = inOrder.filter(([key]) => free.has(key) || newRoom-- > 0).slice(0, room)
    if (kept.length === this.#fresh.size) return
    this.#fresh = new Map(kept)
    this.#isFull = true
  }
}

function formerTables({ table: left, formerTables }: Pick<Mapping, 'table' | 'formerTables'>, table: string) {
  return left === '' || left === table || formerTables.includes(left) ? formerTables : [...formerTables, left]
}

function freshField(path: FieldPath, column: string, seen: FieldType): Field {
  return { path, column, type: columnType(seen), seen, origin: 'auto' }
}

function fills(fields: readonly Field[], name: string): boolean {
  return fields.some(({ column }) => column === name)
}

function widened(field: Field, seen: FieldType): Field {
  const next = settled(seen)
  const type = columnType(next)
  if (!widens(field.type, type)) throw new Error(`Column ${field.column} would change from ${field.type} to ${type}`)
  return { ...field, type, seen: next }
}
