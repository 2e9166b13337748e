/** A stored mapping as a person would set it: what `PUT /event-types/{name}/mapping` takes, without what the mapper keeps beside it. */

export type ExportedMapping = {
  /** Absent: that of the workspace counts. */
  readonly mode?: string
  readonly isDiscarded: boolean
  readonly table: string
  readonly onConflict: string
  readonly primaryKey: string[]
  /** In the order of the table's columns, then those that are discarded. */
  readonly fields: ExportedField[]
}

type ExportedField = {
  readonly path: string[]
  readonly column?: string
  readonly type?: string
  readonly isDiscarded?: boolean
  readonly nonNull?: boolean
  readonly length?: number
  readonly truncate?: boolean
  readonly precision?: number
  readonly scale?: number
  readonly isWhole?: boolean
  readonly isMetadata?: boolean
  readonly origin?: 'auto' | 'user'
}

/** The mapper's JSON, so far as it is read here. */
interface Stored {
  readonly mode: string
  readonly usesDefaultMode?: boolean
  readonly isDiscarded?: boolean
  readonly isForgotten?: boolean
  readonly table: string
  readonly onConflict?: string
  readonly primaryKey?: readonly string[]
  readonly fields: readonly (ExportedField & { readonly seen?: unknown })[]
  readonly discarded?: readonly string[][]
}

/** Undefined where the mapping was removed. */
export function exportMapping(json: string): ExportedMapping | undefined {
  const { mode, usesDefaultMode = true, isForgotten, table, fields, ...rest } = JSON.parse(json) as Stored
  if (isForgotten) return undefined
  const { isDiscarded = false, onConflict = 'widen', primaryKey = [], discarded = [] } = rest
  const dropped = discarded.map((path) => ({ path, isDiscarded: true }))
  return {
    ...(!usesDefaultMode && { mode }),
    isDiscarded,
    table,
    onConflict,
    primaryKey: [...primaryKey],
    fields: [...fields.map(fieldOf), ...dropped],
  }
}

function fieldOf({ seen: _, ...field }: Stored['fields'][number]): ExportedField {
  const scale = /^DECIMAL\(38,(\d+)\)$/.exec(field.type ?? '')?.[1]
  if (scale === undefined) return field
  return { ...field, type: 'DECIMAL', precision: field.precision ?? 38, scale: Number(scale) }
}
