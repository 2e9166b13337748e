/** `millrace mapping map`, `discard`, `unmap` and `rename`: the whole mapping is read, edited here, and set once. */

import { ClientError } from '@millrace/client/client'
import {
  discardField,
  type FieldPath,
  findField,
  type Mapping,
  mapField,
  renameField,
  unmapField,
  withEventsDiscarded,
} from '@millrace/client/mapping'
import { emptyMapping, getMapping, setMapping } from '@millrace/client/mappings'
import { type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import type { Run } from './command.ts'

export interface MapOptions extends ConnectionOptions {
  readonly length?: number
  readonly truncate?: true
  readonly precision?: number
  readonly scale?: number
  readonly nonNull?: true
  readonly whole?: true
  readonly metadata?: true
}

export function map(
  run: Run,
  options: MapOptions,
  eventType: string,
  field: string,
  column: string,
  type: string,
): Promise<void> {
  const { length, truncate, precision, scale, nonNull, whole: isWhole, metadata: isMetadata } = options
  const wanted = { column, type: type.toUpperCase(), length, truncate, precision, scale, nonNull, isWhole, isMetadata }
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
  const what = `${field} goes to the column ${column}`
  return edit(run, options, { eventType, what, isNewAllowed: true }, (mapping) =>
    mapField(mapping, readPath(field), given as typeof wanted & object as Parameters<typeof mapField>[2]),
  )
}

export function discard(run: Run, options: ConnectionOptions, eventType: string, fields: string[]): Promise<void> {
  if (fields.length === 0)
    return edit(run, options, { eventType, what: 'all its events are discarded' }, (mapping) =>
      withEventsDiscarded(mapping),
    )
  return edit(run, options, { eventType, what: `${fields.join(', ')} discarded` }, (mapping) =>
    fields.reduce((made, field) => discardField(made, readPath(field)), mapping),
  )
}

export function unmap(run: Run, options: ConnectionOptions, eventType: string, fields: string[]): Promise<void> {
  if (fields.length === 0)
    return edit(run, options, { eventType, what: 'its events are let in' }, (mapping) =>
      withEventsDiscarded(mapping, false),
    )
  return edit(run, options, { eventType, what: `${fields.join(', ')} unmapped` }, (mapping) =>
    fields.reduce((made, field) => unmapField(mustHave(made, field), readPath(field)), mapping),
  )
}

export function rename(
  run: Run,
  options: ConnectionOptions,
  eventType: string,
  field: string,
  column: string,
): Promise<void> {
  return edit(run, options, { eventType, what: `${field} goes to the column ${column}` }, (mapping) => {
    if (findField(mapping, readPath(field))?.column === undefined) throw notMapped(mapping, field)
    return renameField(mapping, readPath(field), column)
  })
}

interface Edit {
  readonly eventType: string
  /** For people. */
  readonly what: string
  /** Whether an event type that was never seen is made. */
  readonly isNewAllowed?: boolean
}

async function edit(
  { world, output }: Run,
  options: ConnectionOptions,
  { eventType, what, isNewAllowed = false }: Edit,
  change: (mapping: Mapping) => Mapping,
): Promise<void> {
  const client = await connect(world, options)
  const before = await getMapping(client, eventType).catch((error: unknown) => {
    if (isNewAllowed && error instanceof ClientError && error.code === 'not_found') return emptyMapping
    throw error
  })
  const made = await setMapping(client, eventType, change(before))
  const text = `${printable(eventType)}, version ${made.version}: ${printable(what)}.`
  output.show([{ eventType, ...made }], () => text)
}

/** `customer.name`, or a list of JSON where a key has dots. */
function readPath(text: string): FieldPath {
  if (!text.startsWith('[')) return text.split('.')
  try {
    const path: unknown = JSON.parse(text)
    if (Array.isArray(path) && path.every((key) => typeof key === 'string')) return path
  } catch {}
  throw usageError(`${text} is no list of keys`, 'Write \'["a.b","c"]\'.')
}

function mustHave(mapping: Mapping, field: string): Mapping {
  if (findField(mapping, readPath(field)) === undefined) throw notMapped(mapping, field)
  return mapping
}

function notMapped({ fields }: Mapping, field: string) {
  const names = fields.slice(0, 20).map(({ path }) => path.join('.'))
  return usageError(`The mapping has no field ${field}`, `There are: ${names.join(', ') || 'none'}.`)
}
