/**
 * What a document wants a mapping to be, beside the one that there is. Traffic adds columns and widens them where the mode is AUTO_MAP:
 * what it made stays, as taking it away would only last until the next event.
 */
import type { ConfigurationObject, ObjectChange } from './configuration-difference.ts'
import type { MappingPart } from './configuration-parts.ts'

interface PlainField {
  readonly path: readonly string[]
  readonly column?: string
  readonly type?: string
  readonly origin?: string
  readonly isDiscarded?: boolean
  readonly [other: string]: unknown
}

type Value = Readonly<Record<string, unknown>>

export function wantedMapping(mapping: MappingPart, there: Value | undefined, workspaceMode: string): Value {
  const { usesDefaultMode: _, ...given } = mapping
  const { mode = workspaceMode } = given
  const before = new Map(fieldsOf(there).map((field) => [JSON.stringify(field.path), field]))
  const isAutomatic = mode === 'AUTO_MAP'
  const fields = (given.fields as readonly PlainField[]).map((field) =>
    settledField(field, before.get(JSON.stringify(field.path)), isAutomatic),
  )
  const named = new Set(fields.map(({ path }) => JSON.stringify(path)))
  const taken = new Set(fields.map(({ column }) => column))
  const added = isAutomatic
    ? [...before.values()].filter(
        ({ path, origin, column }) => origin === 'auto' && !named.has(JSON.stringify(path)) && !taken.has(column),
      )
    : []
  const table = given.table || there?.['table'] || ''
  return { isDiscarded: false, onConflict: 'widen', primaryKey: [], ...given, table, fields: [...fields, ...added] }
}

/** Columns that traffic made and a document does not name: `table.column`. */
export function madeByTraffic(there: Value | undefined): number {
  return fieldsOf(there).filter(({ origin }) => origin === 'auto').length
}

/** Whether nobody ever said anything of it, so that new events would bring it back as it is. */
export function isOfTraffic(mapping: Value): boolean {
  const { mode, isDiscarded, onConflict, primaryKey } = mapping
  return (
    mode === undefined &&
    !isDiscarded &&
    onConflict === 'widen' &&
    (primaryKey as unknown[]).length === 0 &&
    fieldsOf(mapping).every(({ origin, isDiscarded }) => origin === 'auto' && !isDiscarded)
  )
}

function settledField(given: PlainField, before: PlainField | undefined, isAutomatic: boolean): PlainField {
  const field = withScale(given)
  if (field.isDiscarded || field.column === undefined) return field
  const isSame = before?.column === field.column && before.type === field.type
  const { origin = isSame ? before?.origin : 'user' } = field
  const isTraffic = isAutomatic && origin === 'auto' && before?.origin === 'auto' && before.column === field.column
  return isTraffic ? before : { ...field, origin: origin ?? 'user' }
}

/** `DECIMAL(10,2)` says in one word what stands in three. */
function withScale(field: PlainField): PlainField {
  const [, precision, scale = 0] = /^DECIMAL\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/i.exec(field.type ?? '') ?? []
  if (precision !== undefined) return { ...field, type: 'DECIMAL', precision: Number(precision), scale: Number(scale) }
  return field.type === 'DECIMAL' ? { precision: 38, scale: 0, ...field } : field
}

function fieldsOf(mapping: Value | undefined): readonly PlainField[] {
  return (mapping?.['fields'] ?? []) as readonly PlainField[]
}

/** As the data plane takes them: null removes one. */
export function changesOfMappings(
  changes: readonly ObjectChange[],
  wanted: readonly ConfigurationObject[],
): [eventType: string, change: unknown][] {
  const values = new Map(wanted.flatMap(({ kind, name, value }) => (kind === 'event-type' ? [[name, value]] : [])))
  return changes
    .filter(({ kind }) => kind === 'event-type')
    .map(({ action, name }) => [name, action === 'delete' ? null : values.get(name)])
}
