/** Which columns of an event type's rows can be filled from its events: those that its mapping has a field for. */
import { MillraceError } from '../errors.ts'
import type { Mapping } from './mapping.ts'

/** All of them where none are named. @throws MillraceError `not_found`, `invalid_request` with `fields`. */
export function columnsToFill(
  eventType: string,
  wanted: readonly string[] | undefined,
  mappings: readonly Mapping[],
): readonly string[] {
  const mapping = mappings.find((one) => one.eventType === eventType)
  if (mapping === undefined || mapping.isForgotten) throw new MillraceError('not_found', 'There is no such event type')
  const columns = mapping.fields.map(({ column }) => column)
  const unknown = wanted?.filter((column) => !columns.includes(column)) ?? []
  if (unknown.length > 0) throw noSuch(unknown)
  const found = wanted === undefined ? columns : [...new Set(wanted)]
  if (mapping.table === '' || found.length === 0) throw nothingToFill()
  return found
}

function noSuch(columns: readonly string[]): MillraceError {
  return new MillraceError('invalid_request', `The mapping fills no column ${columns[0]}`, {
    hint: 'Map a field to it first.',
    fields: columns.map((column) => ({ field: 'columns', message: `The mapping fills no column ${column}` })),
  })
}

function nothingToFill(): MillraceError {
  return new MillraceError(
    'conflict',
    'The event type has no table, or no columns of its own: there is nothing to fill',
  )
}
