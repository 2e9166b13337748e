/**
 * What a person wants a mapping to be: the whole of it, its fields as a list. Mapping, unmapping, renaming and discarding a field are
 * all this with one entry changed.
 *
 *   map       an entry with `column` and `type`
 *   rename    the same entry with another column: a new one; the old one stays in the table, with its data
 *   unmap     the entry left out, or without `column`: the mode decides what becomes of the field, and AUTO_MAP maps it again
 *   discard   an entry with `isDiscarded`: the field, and all below it that has no entry, is dropped in every mode
 */
import { z } from 'zod'
import type { FieldError } from '../../errors.ts'
import { type MappingMode, mappingModes } from '../../mappings.ts'
import type { FieldPath } from '../field-path.ts'
import { decimalScale } from '../field-type.ts'
import { mapLimits } from '../limits.ts'
import { type ConflictRule, conflictRules, type Field, type Mapping } from '../mapping.ts'

export interface MappingChange {
  /** Absent: the workspace's default mode counts. */
  readonly mode?: MappingMode
  /** Whether the default counts although there is a `mode`. */
  readonly usesDefaultMode?: boolean
  readonly isDiscarded?: boolean
  /** Empty or absent under AUTO_MAP: the table that there is, or one named after the event type. */
  readonly table?: string
  /** `widen` where absent. */
  readonly onConflict?: ConflictRule
  /** Columns. */
  readonly primaryKey?: readonly string[]
  readonly fields: readonly FieldChange[]
}

/** Of an event type, by its name; null removes its mapping. */
export type NamedChange = readonly [eventType: string, change: MappingChange | null]

export interface FieldChange {
  readonly path: FieldPath
  /** Empty or absent: the field has no column. */
  readonly column?: string
  /** BOOLEAN, BIGINT, DOUBLE, TIMESTAMP, DATE, VARCHAR, JSON, or DECIMAL with `precision` and `scale` or as DECIMAL(p,s). */
  readonly type?: string
  readonly isDiscarded?: boolean
  readonly nonNull?: boolean
  /** Characters of a VARCHAR, and whether longer texts are cut. */
  readonly length?: number
  readonly truncate?: boolean
  /** Digits of a DECIMAL in all (38 where absent), and behind the point (0 where absent). */
  readonly precision?: number
  readonly scale?: number
  /** Of a JSON column: an object is one value. There are no entries below it then. */
  readonly isWhole?: boolean
  /** The path is `_metadata` and a name: what is known of the event, not what it says. */
  readonly isMetadata?: boolean
  /** `auto`: events may widen the column. Absent: as it is where the type stays, otherwise `user`. */
  readonly origin?: Field['origin']
}

const fieldSchema = z.strictObject({
  path: z
    .array(z.string(), 'a list of keys, from the outside in, is needed')
    .min(1, 'at least one key is needed')
    .max(mapLimits.pathDepthMax, `at most ${mapLimits.pathDepthMax} keys are possible`),
  column: z.string().exactOptional(),
  type: z.string().exactOptional(),
  isDiscarded: z.boolean().exactOptional(),
  nonNull: z.boolean().exactOptional(),
  length: z.int().min(1).max(mapLimits.valueBytesMax).exactOptional(),
  truncate: z.boolean().exactOptional(),
  precision: z.int().min(1).max(38).exactOptional(),
  scale: z.int().min(0).max(38).exactOptional(),
  isWhole: z.boolean().exactOptional(),
  isMetadata: z.boolean().exactOptional(),
  origin: z.enum(['auto', 'user']).exactOptional(),
})

const changeSchema: z.ZodType<MappingChange> = z.strictObject({
  mode: z.enum(mappingModes, `there is no such mode: ${mappingModes.join(', ')} are the modes`).exactOptional(),
  usesDefaultMode: z.boolean().exactOptional(),
  isDiscarded: z.boolean().exactOptional(),
  table: z.string().exactOptional(),
  onConflict: z.enum(conflictRules, `one of ${conflictRules.join(', ')} is needed`).exactOptional(),
  primaryKey: z.array(z.string()).max(16, 'at most 16 columns are possible').exactOptional(),
  fields: z
    .array(fieldSchema, 'a list of fields is needed')
    .max(mapLimits.fieldsMax, `at most ${mapLimits.fieldsMax} fields are possible`),
})

/** The shape alone: nothing in it is compared with anything yet. */
export function readChange(change: unknown): { change: MappingChange; faults: [] } | { faults: FieldError[] } {
  const { data, error } = changeSchema.safeParse(change)
  if (data) return { change: data, faults: [] }
  return { faults: error.issues.map(({ path, message }) => ({ field: path.join('.') || 'mapping', message })) }
}

/** A mapping as the change that makes it: what a person edits and sends back. */
export function changeOf({ mode, usesDefaultMode, isDiscarded, table, onConflict, primaryKey, ...rest }: Mapping) {
  const fields: FieldChange[] = rest.fields.map(({ seen: _, ...field }) => {
    const scale = decimalScale(field.type)
    return scale === undefined ? field : { ...field, precision: field.precision ?? 38, scale }
  })
  for (const path of rest.discarded) fields.push({ path, isDiscarded: true })
  return { mode, usesDefaultMode, isDiscarded, table, onConflict, primaryKey, fields } satisfies MappingChange
}
