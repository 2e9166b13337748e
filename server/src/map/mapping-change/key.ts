/** The primary key that a change asks for: columns of the mapping, and the same for everybody who fills the table. */
import { systemColumns } from '../column-names.ts'
import type { Field, Mapping } from '../mapping.ts'
import type { Mappings } from '../mappings.ts'
import type { MappingChange } from './change.ts'
import { isDeclaration } from './declare.ts'

interface KeyCheck {
  readonly eventType: string
  readonly change: MappingChange
  readonly table: string
  readonly fields: readonly Field[]
  readonly mappings: Mappings
  readonly isFilled: (table: string) => Promise<boolean>
  readonly complain: (field: string, message: string) => void
}

export async function checkKey({ eventType, change, table, fields, mappings, isFilled, complain }: KeyCheck) {
  const key = change.primaryKey ?? []
  checkColumns(key, fields, complain)
  if (table === '' || change.isDiscarded) {
    if (key.length > 0 && table === '') complain('primaryKey', 'there is no table yet that it could be the key of')
    return
  }
  const users = mappings.all().filter((mapping) => mapping.table === table)
  const other = users.find((mapping) => mapping.eventType !== eventType && !mapping.isForgotten)
  if (other && !isSameKey(other, key))
    return complain(
      'primaryKey',
      `the event type ${JSON.stringify(other.eventType)} fills the table by ${shown(other)}`,
    )
  // What a person declared of a table says nothing of who wrote its rows, and by which key.
  const present =
    users.find(({ isForgotten }) => !isForgotten) ?? users.find((user) => !isDeclaration(user)) ?? users[0]
  const isChanged = present ? !isSameKey(present, key) : key.length > 0
  if (isChanged && (await isFilled(table)))
    complain('primaryKey', `the table has rows, which were written by ${shown(present)}: use another table`)
}

function checkColumns(key: readonly string[], fields: readonly Field[], complain: KeyCheck['complain']): void {
  const byColumn = new Map(fields.map((field) => [field.column, field]))
  for (const [place, column] of key.entries()) {
    const field = byColumn.get(column)
    const isSystem = (systemColumns as readonly string[]).includes(column)
    if (!field && !isSystem) complain(`primaryKey.${place}`, `no field has the column ${JSON.stringify(column)}`)
    if (field?.type === 'JSON') complain(`primaryKey.${place}`, 'a JSON column cannot be part of a key')
    if (key.indexOf(column) < place) complain(`primaryKey.${place}`, 'the column is in the key already')
  }
}

function isSameKey({ primaryKey }: Mapping, key: readonly string[]): boolean {
  return primaryKey.length === key.length && primaryKey.every((column) => key.includes(column))
}

function shown(mapping: Mapping | undefined): string {
  if (!mapping || mapping.primaryKey.length === 0) return 'no key'
  return `the key ${mapping.primaryKey.join(', ')}`
}
