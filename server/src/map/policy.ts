/** What counts for the events of one type: its mapping's rules, the workspace's mode where that counts, and what others have fixed. */

import type { MappingMode } from '../mappings.ts'
import { type FieldPath, pathKey } from './field-path.ts'
import { type ConflictRule, type Field, isFixed, type Mapping } from './mapping.ts'
import { foldName } from './sql-name.ts'

/** What becomes of a value whose path has no column. */
export type UnmappedRule = 'learn' | 'drop' | 'refuse'

export class Policy {
  readonly mode: MappingMode
  readonly onConflict: ConflictRule
  readonly #mapping: Mapping | undefined
  readonly #fixedElsewhere: ReadonlySet<string>
  #fields: Map<string, Field> | undefined
  #discarded: Set<string> | undefined

  /** `fixedElsewhere` are the folds of columns of the same table whose types were fixed for other event types. */
  constructor(mapping: Mapping | undefined, mode: MappingMode, fixedElsewhere: ReadonlySet<string> = new Set()) {
    this.mode = mode
    this.onConflict = mapping?.onConflict ?? 'widen'
    this.#mapping = mapping
    this.#fixedElsewhere = fixedElsewhere
  }

  /** Whether every event can become a row whatever its values: no event need be looked at for the sake of a rule. */
  get isPlain(): boolean {
    if (this.mode !== 'AUTO_MAP' || this.onConflict !== 'widen' || this.#fixedElsewhere.size > 0) return false
    return this.#mapping === undefined || (this.#mapping.discarded.length === 0 && !hasFixed(this.#mapping))
  }

  field(path: FieldPath): Field | undefined {
    this.#fields ??= new Map(
      (this.#mapping?.fields ?? [])
        .filter(({ isMetadata }) => !isMetadata)
        .map((field) => [pathKey(field.path), field]),
    )
    return this.#fields.get(pathKey(path))
  }

  mayWiden(field: Field): boolean {
    return this.onConflict === 'widen' && !isFixed(field) && !this.#fixedElsewhere.has(foldName(field.column))
  }

  /** For a path without a column. */
  unmapped(path: FieldPath): UnmappedRule {
    if (this.#isDiscarded(path)) return 'drop'
    if (this.mode === 'AUTO_MAP') return 'learn'
    return this.mode === 'FLEXIBLE' ? 'drop' : 'refuse'
  }

  /** Whether nothing is to be kept of a value, nor asked of it. */
  isDropped(path: FieldPath): boolean {
    return this.field(path) === undefined && this.unmapped(path) === 'drop'
  }

  #isDiscarded(path: FieldPath): boolean {
    this.#discarded ??= new Set(pathsLeftOut(this.#mapping).map(pathKey))
    if (this.#discarded.size === 0) return false
    return path.some((_, place) => this.#discarded!.has(pathKey(path.slice(0, place + 1))))
  }
}

/** Of data: what the mapping discards, and what it has metadata for. */
function pathsLeftOut(mapping: Mapping | undefined): FieldPath[] {
  const { discarded = [], fields = [] } = mapping ?? {}
  return [...discarded, ...fields.filter(({ isMetadata }) => isMetadata).map(({ path }) => path)]
}

/** Asked for each batch of each event type: kept, since a mapping has up to a thousand fields and never changes. */
const fixedKnown = new WeakMap<Mapping, boolean>()

function hasFixed(mapping: Mapping): boolean {
  const known = fixedKnown.get(mapping)
  if (known !== undefined) return known
  const isAnyFixed = mapping.fields.some(isFixed)
  fixedKnown.set(mapping, isAnyFixed)
  return isAnyFixed
}
