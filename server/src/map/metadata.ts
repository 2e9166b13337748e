/**
 * Columns of an event's metadata: what users' code knows as `_metadata`, where a mapping has an entry for it. Its values are not in the
 * event's JSON, so they are read apart and take the place of what the extractor found at their path, which is nothing.
 */
import { idAt } from '@millrace/event/id'
import type { ExtractedColumn, Extractor } from '@millrace/json/extraction'
import { openExtractor } from '@millrace/json/extractor'
import { noteOf } from '../batch.ts'
import type { ColumnType } from '../rows.ts'
import { type EventRows, type MapInput, payloadOf, runsOf } from './event-rows.ts'
import type { FieldPath } from './field-path.ts'
import { extractorSettings, type Field, type Mapping } from './mapping.ts'
import { unbracketed } from './text-columns.ts'

/** The first key of the path. */
export const metadataKey = '_metadata'

/** What there is, with the type of its values; a column of it may be of a wider one. */
export const metadataTypes = {
  '@uuid': 'VARCHAR',
  /** When it was received. */
  '@timestamp': 'TIMESTAMP',
  event_type: 'VARCHAR',
  input_id: 'VARCHAR',
  input_label: 'VARCHAR',
  input_type: 'VARCHAR',
  restream_count: 'BIGINT',
  '@parent_uuid': 'VARCHAR',
  /** What was changed in the event so that it could be read, in words; missing where nothing was. */
  '@note': 'VARCHAR',
} as const satisfies Record<string, ColumnType>

type MetadataName = keyof typeof metadataTypes

/** The type of what is at the path; JSON for all of it as one object; undefined where there is nothing. */
export function metadataTypeOf([first, name, ...more]: FieldPath): ColumnType | undefined {
  if (first !== metadataKey || more.length > 0) return undefined
  if (name === undefined) return 'JSON'
  return Object.hasOwn(metadataTypes, name) ? metadataTypes[name as MetadataName] : undefined
}

interface Known {
  readonly fields: readonly { readonly place: number; readonly field: Field }[]
  readonly extractor: Extractor
}

const known = new WeakMap<Mapping, Known | null>()

/** Of the mapping's fields those that are metadata; null where there are none, which is asked of each batch. */
function knownOf(mapping: Mapping): Known | null {
  const present = known.get(mapping)
  if (present !== undefined) return present
  const fields = [...mapping.fields.entries()]
    .filter(([, { isMetadata }]) => isMetadata)
    .map(([place, field]) => ({ place, field }))
  const leaves = fields.map(({ place, field: { type } }) => ({ path: [String(place)], type }))
  const made = fields.length === 0 ? null : { fields, extractor: openExtractor(extractorSettings(leaves)) }
  known.set(mapping, made)
  return made
}

/** The columns of an extraction by the mapping, those of metadata filled. */
export function withMetadata(
  columns: readonly ExtractedColumn[],
  { mapping, rows }: { mapping: Mapping; rows: EventRows },
): readonly ExtractedColumn[] {
  const special = knownOf(mapping)
  if (special === null) return columns
  const pieces: Uint8Array[] = []
  for (const { source, start, end } of runsOf(rows))
    for (let row = start; row < end; row++)
      pieces.push(pieceOf(special, metadataOf(source, rows.event[row]!, mapping.eventType)))
  const filled = columns.slice()
  const { columns: found } = special.extractor.extract([payloadOf(pieces)])
  for (const [index, { place, field }] of special.fields.entries())
    filled[place] = field.path.length === 1 ? unbracketed(found[index]!) : found[index]!
  return filled
}

function pieceOf({ fields }: Known, metadata: Metadata): Uint8Array {
  const values = fields.map(({ place, field: { path } }) => {
    // All of it in an array: an extractor looks at an object member by member.
    return [String(place), path.length === 1 ? [metadata] : metadata[path[1] as MetadataName]]
  })
  return utf8.encode(JSON.stringify(Object.fromEntries(values)))
}

type Metadata = Readonly<Record<Exclude<MetadataName, '@note'>, string | number | null>> & { readonly '@note'?: string }

function metadataOf({ batch, parents }: MapInput, event: number, eventType: string): Metadata {
  const resent = batch.resent?.[event]
  const note = noteOf(batch, event)
  return {
    '@uuid': batch.ids?.[event] ?? idAt(batch.idBase, event),
    '@timestamp': new Date(resent?.receivedAt ?? batch.receivedAt).toISOString(),
    event_type: eventType,
    input_id: batch.input.id,
    input_label: batch.input.label,
    input_type: batch.input.type,
    restream_count: resent?.count ?? 0,
    '@parent_uuid': parents?.[event] ?? null,
    ...(note !== undefined && { '@note': note }),
  }
}

const utf8 = new TextEncoder()
