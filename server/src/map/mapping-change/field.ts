/** One entry of a change by itself: the column it asks for, or what is wrong with it. */
import type { ColumnType } from '../../rows.ts'
import { widens } from '../field-type.ts'
import type { Field } from '../mapping.ts'
import { metadataKey, metadataTypeOf, metadataTypes } from '../metadata.ts'
import type { FieldChange } from './change.ts'

/** A field but for what only its table knows. */
export type WantedField = Omit<Field, 'seen' | 'origin'> & Pick<FieldChange, 'origin'>

type Complain = (attribute: keyof FieldChange, message: string) => void

/** Undefined for a field without a column, or where there was something to complain of. */
export function readField(entry: FieldChange, complain: Complain): WantedField | undefined {
  const { path, column = '', type, isDiscarded, nonNull, length, truncate, isWhole, isMetadata } = entry
  if (isDiscarded && column !== '') complain('column', 'a discarded field has no column')
  if (isDiscarded || column === '') {
    if (!isDiscarded && type !== undefined) complain('column', 'the column is missing')
    return undefined
  }
  const read = readType(entry, complain)
  if (!read) return undefined
  if ((length !== undefined || truncate) && read.type !== 'VARCHAR')
    complain('length', `a length is for VARCHAR only, not for ${read.type}`)
  if (truncate && length === undefined) complain('length', 'a length is needed to cut texts to')
  if (isWhole && read.type !== 'JSON') complain('isWhole', `only a JSON column takes a whole object, no ${read.type}`)
  if (isMetadata) checkMetadata(entry, read.type, complain)
  const origin = isMetadata ? 'user' : entry.origin
  return {
    path,
    column,
    ...read,
    ...(nonNull ? { nonNull } : {}),
    ...(length === undefined ? {} : { length }),
    ...(truncate ? { truncate } : {}),
    ...(isWhole && !isMetadata ? { isWhole } : {}),
    ...(isMetadata ? { isMetadata } : {}),
    ...(origin === undefined ? {} : { origin }),
  }
}

function checkMetadata({ path }: FieldChange, type: ColumnType, complain: Complain): void {
  const natural = metadataTypeOf(path)
  if (natural === undefined)
    complain('path', `metadata is ${metadataKey}, or one of it: ${Object.keys(metadataTypes).join(', ')}`)
  else if (!widens(natural, type)) complain('type', `the values are ${natural}, which cannot be ${type}`)
}

function readType(entry: FieldChange, complain: Complain): { type: ColumnType; precision?: number } | undefined {
  const { type = '' } = entry
  const isDecimal = /^DECIMAL(?:\((\d+),\s?(\d+)\))?$/.exec(type)
  if (isDecimal) return readDecimal(entry, isDecimal, complain)
  if (!plainTypes.has(type)) {
    const known = [...plainTypes, 'DECIMAL(p,s)'].join(', ')
    complain('type', type === '' ? 'the type is missing' : `there is no type ${JSON.stringify(type)}: use ${known}`)
    return undefined
  }
  if (entry.precision !== undefined || entry.scale !== undefined)
    complain('precision', `precision and scale are for DECIMAL only, not for ${type}`)
  return { type: type as ColumnType }
}

function readDecimal(
  { precision: wantedPrecision, scale: wantedScale }: FieldChange,
  [, writtenPrecision, writtenScale]: RegExpExecArray,
  complain: Complain,
): { type: ColumnType; precision?: number } | undefined {
  const scale = wantedScale ?? Number(writtenScale ?? 0)
  const precision = wantedPrecision ?? Number(writtenPrecision ?? 38)
  if (writtenScale !== undefined && scale !== Number(writtenScale)) complain('scale', 'it is not the scale of the type')
  if (precision < 1 || precision > 38) complain('precision', '1 to 38 digits are possible')
  else if (scale > precision) complain('scale', `it is larger than the precision ${precision}`)
  else return { type: `DECIMAL(38,${scale})`, ...(precision === 38 ? {} : { precision }) }
  return undefined
}

const plainTypes: ReadonlySet<string> = new Set<ColumnType>([
  'BOOLEAN',
  'BIGINT',
  'DOUBLE',
  'TIMESTAMP',
  'DATE',
  'VARCHAR',
  'JSON',
])
