/** A mapping between the two worlds: Alooma's tree of fields with its columns, read and checked, and our list of paths. */
import type { MappingMode } from '../../../mappings.ts'

/** A column's type as our own mappings name it. */
export type NativeType =
  | 'BOOLEAN'
  | 'BIGINT'
  | 'DOUBLE'
  | 'TIMESTAMP'
  | 'DATE'
  | 'VARCHAR'
  | 'JSON'
  | `DECIMAL(38,${number})`

export interface MappedField {
  /** From the outside in. */
  readonly path: readonly string[]
  readonly column: string
  readonly type: NativeType
  readonly nonNull: boolean
  /** Characters that a text may have; no limit where it is absent. */
  readonly length?: number
  /** Whether a longer text is cut, and not refused. */
  readonly truncate?: boolean
  /** Digits that a DECIMAL may have in all; 38 where it is absent. */
  readonly precision?: number
  /** Whether an object is one value of the JSON column. */
  readonly isWhole?: boolean
  /** Whether it is of `_metadata`. */
  readonly isMetadata?: boolean
  /** Whether Millrace chose the type; under AUTO_MAP it then widens it by itself. */
  readonly isAuto: boolean
}

export interface MappingDraft {
  /** Undefined: the workspace's. */
  readonly mode: MappingMode | undefined
  /** The mode that holds. */
  readonly effectiveMode: MappingMode
  /** Events of the type are dropped. */
  readonly isDiscarded: boolean
  readonly table: string
  readonly fields: readonly MappedField[]
  /** Fields that are left out in every mode. */
  readonly discarded: readonly (readonly string[])[]
}

/** A mapping that is in force, with what only reading tells. */
export interface NativeMapping extends MappingDraft {
  readonly eventType: string
  readonly version: number
  /** Rows in its table; null where there is none yet. */
  readonly rowCount: number | null
}
