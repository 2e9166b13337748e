/** The words in which mappings are spoken of by those who set them and by the mapper. */

/** What becomes of fields that a mapping does not have: they get columns; their events are set aside; they are dropped. */
export const mappingModes = ['AUTO_MAP', 'STRICT', 'FLEXIBLE'] as const
export type MappingMode = (typeof mappingModes)[number]

/** What was seen in the fields of one event type. Times are ms since 1970 UTC: when the events were received. */
export interface EventTypeStatistics {
  /** Events that came, whatever became of them. */
  readonly count: number
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  /** By name. */
  readonly fields: readonly FieldNode[]
}

export interface FieldNode {
  readonly name: string
  /** Keys, from the outside in. */
  readonly path: readonly string[]
  /** Values that are no null. Every one of a field with a column; of others only those in events that were looked at. */
  readonly count: number
  /** Whether all values were counted, since the field has had a column. */
  readonly isExact: boolean
  /** By type of column, how many of the values looked at would need it. */
  readonly types: Readonly<Record<string, number>>
  /** Some of the values, the newest last: texts as they are, all else as its JSON; at most 200 characters. */
  readonly samples: readonly string[]
  /** 0 where only fields below were seen. */
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  readonly fields: readonly FieldNode[]
}
