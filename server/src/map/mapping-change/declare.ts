/**
 * Tables that a person makes or alters beside what events make of them. What they ask for is put on record as columns that nothing
 * fills, left behind by an event type that no event can have; those that event types fill then agree with it.
 */
import type { FieldError } from '../../errors.ts'
import type { Column, Table } from '../../rows.ts'
import { columnNameFault } from '../column-names.ts'
import { columnType, factsOf, join, settled } from '../field-type.ts'
import { mapLimits } from '../limits.ts'
import { type Mapping, mappingDefaults, type RetiredColumn } from '../mapping.ts'
import type { Mappings } from '../mappings.ts'
import { foldName } from '../sql-name.ts'
import { columnsOf, type KnownColumn } from '../table-columns.ts'
import { invalidMapping } from './invalid.ts'
import { namedTable } from './table.ts'

type Complain = (field: string, message: string) => void

/** No event's type begins with white space. */
export function declaring(table: string): string {
  return ` table ${table}`
}

export function isDeclaration({ eventType }: Pick<Mapping, 'eventType'>): boolean {
  return eventType.startsWith(' ')
}

/** The next version of what is on record of the table. @throws MillraceError `invalid_mapping`: all that is wrong, by `columns.0.type`. */
export function declared({ name: table, columns }: Table, mappings: Mappings): Mapping {
  const faults: FieldError[] = []
  const complain: Complain = (field, message) => void faults.push({ field, message })
  const eventType = declaring(table)
  const present = mappings.get(eventType)
  namedTable(table, { mappings, complain, present })
  const known = columnsOf(mappings.all(), table)
  const users = mappings.all().filter((mapping) => mapping.table === table && !isDeclaration(mapping))
  const retired = new Map((present?.retired ?? []).map((column) => [column.column, column]))
  for (const [place, column] of columns.entries()) {
    const complainOf: Complain = (attribute, message) => complain(`columns.${place}.${attribute}`, message)
    const asked = declaredColumn(column, {
      table,
      known: known.get(foldName(column.name)),
      users,
      complain: complainOf,
    })
    if (asked) retired.set(asked.column, asked)
  }
  const width = new Set([...known.keys(), ...columns.map(({ name }) => foldName(name))]).size
  if (width > mapLimits.tableColumnsMax)
    complain('columns', `the table would have ${width} columns; ${mapLimits.tableColumnsMax} are possible`)
  if (faults.length > 0) throw invalidMapping(faults)
  const primaryKey = users.find(({ isForgotten }) => !isForgotten)?.primaryKey ?? present?.primaryKey ?? []
  const version = (present?.version ?? 0) + 1
  return {
    ...mappingDefaults,
    eventType,
    version,
    table,
    primaryKey,
    retired: [...retired.values()],
    isForgotten: true,
  }
}

interface Declaring {
  readonly table: string
  readonly known: KnownColumn | undefined
  readonly users: readonly Mapping[]
  readonly complain: Complain
}

function declaredColumn(
  { name, type }: Column,
  { table, known, users, complain }: Declaring,
): RetiredColumn | undefined {
  const seen = settled(join(known?.seen, factsOf(type)))
  // Of a column that is there, by the field that fills it, so that others may still share it.
  const path = known?.uses[0]?.path ?? known?.formerPaths[0] ?? [name]
  const own = { path, column: name, type, seen, table }
  if (known === undefined) {
    const fault = columnNameFault(name)
    if (fault !== undefined) complain('name', fault)
    return own
  }
  if (known.name !== name) {
    complain('name', `the table has a column ${known.name}, the same but for its spelling`)
    return undefined
  }
  if (columnType(seen) !== type)
    complain('type', `the column is ${known.type} and cannot become ${type} without loss: use another column`)
  else if (known.type !== type) for (const user of users) checkUse(user, { name, type }, complain)
  return own
}

/** A field keeps what was said of it: a column with a length stays a text, one of a key comparable. */
function checkUse({ eventType, fields, primaryKey }: Mapping, { name, type }: Column, complain: Complain): void {
  const field = fields.find(({ column }) => column === name)
  if (field?.length !== undefined || field?.precision !== undefined)
    complain('type', `the event type ${JSON.stringify(eventType)} limits its length or precision: change its mapping`)
  if (type === 'JSON' && primaryKey.includes(name))
    complain(
      'type',
      `it is part of the primary key of the event type ${JSON.stringify(eventType)}, which no JSON can be`,
    )
}
