/** Mappings on the server: read as a person edits them, and set as a whole. */
import { bodyOf, type Client } from './client.ts'
import type { ColumnType, MappedField, Mapping, MappingMode } from './mapping.ts'
import type { components } from './openapi.ts'

/** A mapping of the server: {@link Mapping}, in the words in which it is stored. */
type StoredMapping = components['schemas']['Mapping']

/** The mapping of today, or that of a version. @throws ClientError `not_found`. */
export async function getMapping(client: Client, eventType: string, version?: number): Promise<Mapping> {
  if (version === undefined) {
    const params = { path: { name: eventType } }
    const { mapping } = await bodyOf(client.GET('/api/v1/event-types/{name}', { params }))
    return toMapping(mapping)
  }
  const params = { path: { name: eventType, version } }
  const { mapping } = await bodyOf(client.GET('/api/v1/event-types/{name}/mappings/{version}', { params }))
  return toMapping(mapping)
}

export interface SetMapping {
  /** The same as before where nothing was new. */
  readonly version: number
  readonly mapping: Mapping
}

/**
 * Makes the whole mapping what is given; in force for every event received after it resolves. Safe to repeat. An event type
 * that was never seen is made.
 * @throws ClientError `invalid_mapping` with `fields`: all that is wrong with it; nothing is changed.
 */
export async function setMapping(
  client: Client,
  eventType: string,
  { primaryKey, fields, ...rest }: Mapping,
): Promise<SetMapping> {
  const body = { ...rest, primaryKey: [...primaryKey], fields: fields.map(sent) }
  const params = { path: { name: eventType } }
  const answer = await bodyOf(client.PUT('/api/v1/event-types/{name}/mapping', { params, body }))
  return { version: answer.version, mapping: toMapping(answer.mapping) }
}

/** The mode of event types that have none of their own. @throws ClientError */
export async function getMappingMode(client: Client): Promise<MappingMode> {
  return (await bodyOf(client.GET('/api/v1/mapping-mode'))).mode
}

/** Of event types that have none of their own. Safe to repeat. @throws ClientError */
export async function setMappingMode(client: Client, mode: MappingMode): Promise<void> {
  await bodyOf(client.PUT('/api/v1/mapping-mode', { body: { mode } }))
}

/** A mapping of nothing: for an event type that nobody has sent yet. */
export const emptyMapping: Mapping = {
  mode: 'AUTO_MAP',
  usesDefaultMode: true,
  isDiscarded: false,
  table: '',
  onConflict: 'widen',
  primaryKey: [],
  fields: [],
}

function toMapping(stored: StoredMapping): Mapping {
  const { mode, table, fields, discarded = [] } = stored
  const { usesDefaultMode = true, isDiscarded = false, onConflict = 'widen', primaryKey = [] } = stored
  const dropped = discarded.map((path) => ({ path: [...path], isDiscarded: true }))
  return {
    mode,
    usesDefaultMode,
    isDiscarded,
    table,
    onConflict,
    primaryKey,
    fields: [...fields.map(toField), ...dropped],
  }
}

/** What the server keeps beside it, of what a column holds, is not for people to set. */
function toField({ seen: _, ...field }: MappedField & { seen?: unknown }): MappedField {
  const scale = /^DECIMAL\(38,(\d+)\)$/.exec(field.type ?? '')?.[1]
  if (scale === undefined) return field
  return { ...field, type: 'DECIMAL' satisfies ColumnType, precision: field.precision ?? 38, scale: Number(scale) }
}

function sent({ path, ...field }: MappedField) {
  return { path: [...path], ...field }
}
