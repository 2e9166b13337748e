/** The members of a message that are known by name, and what becomes of each. */
import { limits } from '@millrace/event/limits'
import { openBatchFlattener, openFlattener } from '@millrace/json/flatten'
import type { BatchFlattener, FlatLayout, Flattener } from '@millrace/json/flattener'
import { openMemberFinder } from '@millrace/json/members'

/** What a message's type says it is. */
export const kinds = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
export type Kind = (typeof kinds)[number]

/** Names of the event types; a track's is its event's name. */
export const typeOfKind: Readonly<Record<Exclude<Kind, 'track'>, string>> = {
  identify: 'identifies',
  page: 'pages',
  screen: 'screens',
  group: 'groups',
  alias: 'aliases',
}

/** Their own names to those in a row; null for what is no part of it: read in another way, a secret, or a note to Segment. */
const rowNames = {
  type: null,
  properties: null,
  traits: null,
  writeKey: null,
  integrations: null,
  _metadata: null,
  userId: 'user_id',
  anonymousId: 'anonymous_id',
  event: 'event',
  name: 'name',
  category: 'category',
  groupId: 'group_id',
  previousId: 'previous_id',
  messageId: 'message_id',
  timestamp: 'timestamp',
  originalTimestamp: 'original_timestamp',
  sentAt: 'sent_at',
  channel: 'channel',
  version: 'version',
  context: 'context',
} as const

export type FieldName = keyof typeof rowNames

export interface Field {
  readonly name: FieldName
  /** Of its start in the places of a message; its end follows. */
  readonly place: number
  /** Undefined for what is no part of a row. */
  readonly rowName: string | undefined
}

export const fields: readonly Field[] = (Object.keys(rowNames) as FieldName[]).map((name, index) => ({
  name,
  place: 2 * index,
  rowName: rowNames[name] ?? undefined,
}))

/** Places that a message has. */
export const placesPerMessage = 2 * fields.length

export const place = Object.fromEntries(fields.map((field) => [field.name, field.place])) as Record<FieldName, number>

export const fieldFinder = openMemberFinder(fields.map(({ name }) => name))

/** Names of a row that no property can have: those of members, and of what a message has under `properties` or `traits`. */
export const takenNames: readonly string[] = [...fields.flatMap(({ rowName }) => rowName ?? []), 'properties', 'traits']

export const takenNameFinder = openMemberFinder(takenNames)

const layout: FlatLayout = {
  fields: fields.map(({ name, rowName }) => ({ key: name, writtenAs: isNested(name) ? name : rowName })),
  kindField: indexOf('type'),
  nameField: indexOf('event'),
  timeField: indexOf('timestamp'),
  kinds: kinds.map((kind) => ({
    token: JSON.stringify(kind),
    flattened: flattenedOf(kind) / 2,
    isLeftWhereHollow: kind === 'identify',
  })),
  taken: takenNames.map((name) => ({
    name,
    field: isNested(name) ? undefined : fields.findIndex(({ rowName }) => rowName === name),
  })),
}

export const batchEventsMax = 10_000

/** Null where this machine has none. */
export const flattener: Flattener | null = openFlattener(layout)
export const batchFlattener: BatchFlattener | null = openBatchFlattener(layout, 'batch', {
  ...limits,
  requestEventsMax: batchEventsMax,
})

/** The place of the field whose members stand beside the message's own. */
export function flattenedOf(kind: Kind): number {
  return kind === 'identify' || kind === 'group' ? place.traits : place.properties
}

function isNested(name: string): boolean {
  return name === 'properties' || name === 'traits'
}

function indexOf(name: FieldName): number {
  return fields.findIndex((field) => field.name === name)
}
