/** What a person asks of a column beyond its type: no nulls, texts of some length, decimals of some digits. Checked column by column. */
import type { ExtractedColumn, Extraction } from '@millrace/json/extraction'
import type { TextValues } from '../rows.ts'
import { decimalScale } from './field-type.ts'
import { type RowFault, shown } from './infer.ts'
import type { Field, Mapping } from './mapping.ts'
import { cutTexts, decimalsBeyond, isValid, textsBeyond, withoutValues } from './text-columns.ts'

export interface Constraint {
  /** Which column of an extraction. */
  readonly place: number
  readonly field: Field
  /** Whether it may have no nulls. */
  readonly isRequired: boolean
}

const constraintsKnown = new WeakMap<Mapping, readonly Constraint[]>()

/** Of the columns of a mapping, those that are to be checked: mostly none. Columns of a primary key may have no nulls. */
export function constraintsOf(mapping: Mapping): readonly Constraint[] {
  const known = constraintsKnown.get(mapping)
  if (known) return known
  const constraints = mapping.fields
    .map((field, place) => ({
      place,
      field,
      isRequired: field.nonNull === true || mapping.primaryKey.includes(field.column),
    }))
    .filter(({ field, isRequired }) => isRequired || field.length !== undefined || field.precision !== undefined)
  constraintsKnown.set(mapping, constraints)
  return constraints
}

export interface Checked {
  readonly extraction: Extraction
  /** By row: the first constraint that it violates. */
  readonly faults: ReadonlyMap<number, RowFault>
}

/**
 * Checks all rows. Texts that are to be cut are cut in the extraction that comes back; so are decimals of too many digits left out
 * where such values are to become nulls.
 */
export function check(constraints: readonly Constraint[], extraction: Extraction, toNull: boolean): Checked {
  const faults = new Map<number, RowFault>()
  const columns = [...extraction.columns]
  const blame = (rows: Iterable<number>, fault: () => RowFault) => {
    for (const row of rows) if (!faults.has(row)) faults.set(row, fault())
  }
  for (const constraint of constraints) {
    const { place, field, isRequired } = constraint
    columns[place] = checkValues(field, columns[place]!, toNull, blame)
    if (isRequired) blame(nullsOf(columns[place], extraction.rowCount), () => missing(constraint))
  }
  return { extraction: { ...extraction, columns }, faults }
}

type Blame = (rows: Iterable<number>, fault: () => RowFault) => void

function checkValues(field: Field, column: ExtractedColumn, toNull: boolean, blame: Blame): ExtractedColumn {
  const { type, length, truncate, precision } = field
  if (type === 'VARCHAR' && length !== undefined) {
    const rows = textsBeyond(column.values as TextValues, length)
    if (truncate && rows.length > 0) return cutTexts(column, rows, length)
    blame(rows, () => tooLong(field, length))
  }
  const scale = decimalScale(type)
  if (scale !== undefined && precision !== undefined) {
    const rows = decimalsBeyond(column.values as TextValues, precision - scale)
    if (toNull && rows.length > 0) return withoutValues(column, rows)
    blame(rows, () => tooManyDigits(field, precision, scale))
  }
  return column
}

function* nullsOf(column: ExtractedColumn, rowCount: number): Generator<number> {
  const full = rowCount >> 3
  for (const [place, bits] of column.valid.entries()) {
    if (bits === 0xff && place < full) continue
    for (let row = place * 8; row < Math.min(place * 8 + 8, rowCount); row++) if (!isValid(column, row)) yield row
  }
}

function missing({ field: { path, column } }: Constraint): RowFault {
  const { text, subject } = shown(path)
  return {
    code: 'null_not_allowed',
    message: `There is no value at ${text}, and the column ${column} takes no nulls`,
    subject,
  }
}

function tooLong({ path, column }: Field, length: number): RowFault {
  const { text, subject } = shown(path)
  const message = `The text at ${text} is longer than the ${length} characters of the column ${column}`
  return { code: 'value_too_large', message, subject }
}

function tooManyDigits({ path, column }: Field, precision: number, scale: number): RowFault {
  const { text, subject } = shown(path)
  const message = `The number at ${text} has more digits than DECIMAL(${precision},${scale}) of the column ${column}`
  return { code: 'value_not_convertible', message, subject }
}
