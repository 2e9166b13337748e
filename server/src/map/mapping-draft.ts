/** A mapping on its way to its next version: it learns of findings, in any order, and names what is new when nothing more comes. */
import { isDeepStrictEqual } from 'node:util'
import { nameColumns } from './column-names.ts'
import { comparePaths, type FieldPath, pathKey } from './field-path.ts'
import { columnType, type FieldType, join, settled, widens } from './field-type.ts'
import { mapLimits } from './limits.ts'
import type { Field, Mapping } from './mapping.ts'

/** Something was seen at a path. */
export interface Finding {
  readonly path: FieldPath
  readonly seen: FieldType
}

export class MappingDraft {
  readonly #mapping: Mapping | undefined
  /** What each of the mapping's fields holds, by `pathKey`. */
  readonly #known: Map<string, Finding>
  /** Fields that the mapping does not have. */
  #fresh = new Map<string, Finding>()
  #isFull: boolean
  #revision = 0

  constructor(mapping: Mapping | undefined) {
    this.#mapping = mapping
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
      const after = join(before, seen)
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
  fields(): Omit<Field, 'column'>[] {
    this.#dropExcess()
    const fresh = [...this.#fresh.values()].sort((left, right) => comparePaths(left.path, right.path))
    return [...this.#known.values(), ...fresh].map(({ path, seen }) => ({ path, type: columnType(seen), seen }))
  }

  /** The next version, or the mapping itself where it says all that was found. `table` is the name of a table yet to be made. */
  finish(eventType: string, table: string): Mapping {
    this.#dropExcess()
    const present = this.#mapping?.fields ?? []
    const fields = present.map((field) => widened(field, this.#known.get(pathKey(field.path))!.seen))
    const names = nameColumns(
      [...this.#fresh.values()].map(({ path }) => path),
      present.map(({ column }) => column),
    )
    for (const { path, column } of names) {
      const seen = settled(this.#fresh.get(pathKey(path))!.seen)
      fields.push({ path, column, type: columnType(seen), seen })
    }
    const { version = 0, ...rest } = this.#mapping ?? { eventType, table, mode: 'AUTO_MAP' }
    const next: Mapping = { ...rest, version: version + 1, fields, isFull: this.#isFull }
    const isNew = this.#mapping === undefined || !isDeepStrictEqual({ ...next, version }, this.#mapping)
    return isNew ? next : this.#mapping!
  }

  /**
   * Leaves the new fields that get a column: the first in order. One that is dropped would be dropped whatever else is found, so it
   * does not matter when this is done.
   */
  #dropExcess(): void {
    const room = mapLimits.columnsMax - this.#known.size
    if (this.#fresh.size <= room) return
    const inOrder = [...this.#fresh].sort(([, left], [, right]) => comparePaths(left.path, right.path))
    this.#fresh = new Map(inOrder.slice(0, room))
    this.#isFull = true
  }
}

function widened(field: Field, seen: FieldType): Field {
  const next = settled(seen)
  const type = columnType(next)
  if (!widens(field.type, type)) throw new Error(`Column ${field.column} would change from ${field.type} to ${type}`)
  return { ...field, type, seen: next }
}
