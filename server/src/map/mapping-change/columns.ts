/** The columns that a change asks for against those that the table has: names, types, and what others make of them. */
import { columnNameFault } from '../column-names.ts'
import { columnType, type FieldType, factsOf, join, settled } from '../field-type.ts'
import { mapLimits } from '../limits.ts'
import type { Field, Mapping } from '../mapping.ts'
import { foldName } from '../sql-name.ts'
import type { KnownColumn } from '../table-columns.ts'
import type { WantedField } from './field.ts'

interface Placing {
  readonly eventType: string
  /** Of the table, by folded name. */
  readonly known: ReadonlyMap<string, KnownColumn>
  readonly present: Mapping | undefined
  readonly complain: (attribute: 'column' | 'type', message: string) => void
}

/** The field with what its column may hold; undefined where there was something to complain of. */
export function placeField(wanted: WantedField, { eventType, known, present, complain }: Placing): Field | undefined {
  const { origin, ...rest } = wanted
  const column = known.get(foldName(wanted.column))
  const before = present?.fields.find(
    (field) => field.column === wanted.column && field.type === wanted.type && isSamePath(field, wanted),
  )
  const seen = column ? seenBeside(wanted, column, eventType, complain) : newColumn(wanted, complain)
  return seen && { ...rest, seen, origin: origin ?? before?.origin ?? 'user' }
}

function newColumn({ column, type }: WantedField, complain: Placing['complain']): FieldType | undefined {
  const fault = columnNameFault(column)
  if (fault === undefined) return factsOf(type)
  complain('column', fault)
  return undefined
}

function seenBeside(
  { column, type }: WantedField,
  present: KnownColumn,
  eventType: string,
  complain: Placing['complain'],
): FieldType | undefined {
  if (present.name !== column) {
    complain('column', `the table has a column ${present.name}, the same but for its spelling`)
    return undefined
  }
  const other = present.uses.find((use) => use.eventType !== eventType)
  if (other && present.type !== type) {
    complain('type', `it is ${present.type} for the event type ${JSON.stringify(other.eventType)}, which fills it too`)
    return undefined
  }
  const seen = settled(join(present.seen, factsOf(type)))
  if (columnType(seen) === type) return seen
  complain('type', `the table's column is ${present.type} and cannot become ${type} without loss: use another column`)
  return undefined
}

function isSamePath(left: Pick<Field, 'path'>, right: Pick<Field, 'path'>): boolean {
  return left.path.length === right.path.length && left.path.every((key, place) => key === right.path[place])
}

/** Why the columns are too many; undefined where they are not. */
export function tooManyColumns(fields: readonly WantedField[], known: ReadonlyMap<string, KnownColumn>) {
  if (fields.length > mapLimits.columnsMax) return `at most ${mapLimits.columnsMax} fields can have a column`
  const folds = new Set([...known.keys(), ...fields.map(({ column }) => foldName(column))])
  if (folds.size <= mapLimits.tableColumnsMax) return undefined
  return `the table would have ${folds.size} columns, those included that nothing fills any more; ${mapLimits.tableColumnsMax} are possible: use another table`
}
