/** A change against all that there is: the mapping's next version, or every mistake in it. */
import { isDeepStrictEqual } from 'node:util'
import type { FieldError } from '../../errors.ts'
import type { MappingMode } from '../../mappings.ts'
import { pathKey } from '../field-path.ts'
import { mapLimits } from '../limits.ts'
import { type Field, type Mapping, mappingDefaults } from '../mapping.ts'
import type { Mappings } from '../mappings.ts'
import { foldName } from '../sql-name.ts'
import { columnsOf } from '../table-columns.ts'
import { type FieldChange, type MappingChange, readChange } from './change.ts'
import { placeField, tooManyColumns } from './columns.ts'
import { readField, type WantedField } from './field.ts'
import { retiredBy } from './forget.ts'
import { invalidMapping } from './invalid.ts'
import { checkKey } from './key.ts'
import { chooseTable } from './table.ts'

export interface Surroundings {
  readonly mappings: Mappings
  readonly defaultMode: MappingMode
  readonly isFilled: (table: string) => Promise<boolean>
}

/** @returns the mapping itself where the change says nothing new. @throws MillraceError `invalid_mapping`. */
export async function applyChange(eventType: string, given: unknown, around: Surroundings): Promise<Mapping> {
  const read = readChange(given)
  if (!('change' in read)) throw invalidMapping(read.faults)
  const { change } = read
  const faults: FieldError[] = []
  const complain = (field: string, message: string) => void faults.push({ field, message })
  if (eventType === '') complain('eventType', 'it is empty')
  const present = around.mappings.get(eventType)
  const { wanted, discarded } = readFields(change.fields, complain)
  const table = chooseTable({ eventType, change, present, hasColumns: wanted.size > 0, complain, ...around })
  const fields = placeFields(eventType, wanted, { table, present, mappings: around.mappings, complain })
  if (faults.length === 0) await checkKey({ eventType, change, table, fields, complain, ...around })
  if (faults.length > 0) throw invalidMapping(faults)
  return nextVersion(eventType, present, { change, table, fields, discarded, around })
}

type Complain = (field: string, message: string) => void

interface ReadFields {
  /** By place in the list. */
  readonly wanted: ReadonlyMap<number, WantedField>
  readonly discarded: Mapping['discarded']
}

function readFields(entries: readonly FieldChange[], complain: Complain): ReadFields {
  const wanted = new Map<number, WantedField>()
  const discarded: Mapping['discarded'][number][] = []
  const paths = new Map<string, number>()
  const columns = new Map<string, number>()
  for (const [place, entry] of entries.entries()) {
    const about = (attribute: string) => `fields.${place}.${attribute}`
    const twin = noted(paths, pathKey(entry.path), place)
    if (twin !== undefined) complain(about('path'), `fields.${twin} has the same path`)
    const field = readField(entry, (attribute, message) => complain(about(attribute), message))
    if (entry.isDiscarded) discarded.push(entry.path)
    if (!field) continue
    wanted.set(place, field)
    const rival = noted(columns, foldName(field.column), place)
    if (rival !== undefined) complain(about('column'), `fields.${rival} has the same column`)
  }
  refuseBelowWhole(entries, complain)
  return { wanted, discarded }
}

/** An object is one value or looked at member by member, not both. */
function refuseBelowWhole(entries: readonly FieldChange[], complain: Complain): void {
  const whole = new Map(entries.flatMap((entry, place) => (entry.isWhole ? [[pathKey(entry.path), place]] : [])))
  if (whole.size === 0) return
  for (const [place, { path, column, isDiscarded }] of entries.entries()) {
    if (!isDiscarded && (column ?? '') === '') continue
    const above = path.slice(1).map((_, depth) => whole.get(pathKey(path.slice(0, depth + 1))))
    const owner = above.find((found) => found !== undefined)
    if (owner !== undefined) complain(`fields.${place}.path`, `it lies in the object that fields.${owner} takes whole`)
  }
}

/** @returns the place that has the key already. */
function noted(places: Map<string, number>, key: string, place: number): number | undefined {
  const present = places.get(key)
  if (present === undefined) places.set(key, place)
  return present
}

function placeFields(
  eventType: string,
  wanted: ReadFields['wanted'],
  around: { table: string; present: Mapping | undefined; mappings: Mappings; complain: Complain },
): Field[] {
  const { table, present, mappings, complain } = around
  const known = table === '' ? new Map<string, never>() : columnsOf(mappings.all(), table)
  const tooMany = tooManyColumns([...wanted.values()], known)
  if (tooMany) complain('fields', tooMany)
  const fields: Field[] = []
  for (const [place, field] of wanted) {
    const complainOf = (attribute: string, message: string) => complain(`fields.${place}.${attribute}`, message)
    const placed = placeField(field, { eventType, known, present, complain: complainOf })
    if (placed) fields.push(placed)
  }
  return inOrder(fields, present)
}

/** Columns that were there stay where they are, new ones come last. */
function inOrder(fields: readonly Field[], present: Mapping | undefined): Field[] {
  const places = new Map((present?.fields ?? []).map(({ column }, place) => [column, place]))
  const placeOf = ({ column }: Field) => places.get(column) ?? places.size
  return fields.toSorted((left, right) => placeOf(left) - placeOf(right))
}

interface Settled {
  readonly change: MappingChange
  readonly table: string
  readonly fields: readonly Field[]
  readonly discarded: Mapping['discarded']
  readonly around: Surroundings
}

function nextVersion(
  eventType: string,
  present: Mapping | undefined,
  { change, table, fields, discarded, around }: Settled,
): Mapping {
  const retired = present ? retiredBy(present, { table, fields }) : []
  if (retired.length > mapLimits.retiredMax)
    throw invalidMapping([
      { field: 'fields', message: `at most ${mapLimits.retiredMax} columns can be left behind by one event type` },
    ])
  const { mode, usesDefaultMode = mode === undefined } = change
  const next: Mapping = {
    eventType,
    version: (present?.version ?? 0) + 1,
    table,
    mode: mode ?? around.defaultMode,
    usesDefaultMode,
    isDiscarded: change.isDiscarded ?? mappingDefaults.isDiscarded,
    isForgotten: false,
    onConflict: change.onConflict ?? mappingDefaults.onConflict,
    primaryKey: change.primaryKey ?? [],
    fields,
    discarded,
    retired,
    formerTables: present ? formerTablesOf(present, table) : [],
    isFull: present?.table === table && present.isFull,
  }
  return present && isDeepStrictEqual({ ...next, version: present.version }, present) ? present : next
}

function formerTablesOf({ table: left, formerTables }: Mapping, table: string): string[] {
  return [...new Set([...formerTables, left])].filter((name) => name !== '' && name !== table)
}
