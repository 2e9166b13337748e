/** The shapes in which samples of events are spoken of, by the stage that takes them and by those who look at them. */

/** An event as it arrived, before users' code and mapping. */
export interface Sample {
  readonly eventType: string
  /** What became of it: {@link validStatus} or a code of `errors.ts`. */
  readonly status: string
  /** Why it failed; null where it did not. */
  readonly message: string | null
  /** When it was received, ms since 1970 UTC. */
  readonly at: number
  readonly raw: Uint8Array
  readonly metadata: EventMetadata
}

/** What Millrace knows of an event beside what its sender says; the names are those that users' code sees. */
export interface EventMetadata {
  readonly '@uuid': string
  /** When it was received, ISO 8601. */
  readonly '@timestamp': string
  readonly event_type: string
  readonly input_label: string
  readonly input_type: string
  readonly input_id: string
  /** How often it was sent through again. */
  readonly restream_count: number
  /** What was changed in it so that it could be read, in words. */
  readonly '@note'?: string
}

export interface SampleFilter {
  readonly eventType?: string | undefined
  /** One of these; any where none is given. */
  readonly statuses?: readonly string[] | undefined
}

export interface SampleCount {
  readonly eventType: string
  readonly status: string
  readonly count: number
}

/** How many samples are kept of each event type and status. */
export const samplesPerStatus = 10

/** The status of an event that went through. */
export const validStatus = 'VALID'

/** What an event's status can be, in words. */
export const statusDescriptions: Readonly<Record<string, string>> = {
  [validStatus]: 'The event went through and is in its table, or code or mapping discarded it.',
  invalid_json: 'The event is not JSON.',
  invalid_utf8: 'The event is not UTF-8.',
  too_deep: 'Its objects and arrays lie inside one another too deep.',
  not_an_object: 'The event is JSON, but no object.',
  invalid_event_type: 'Its event type is not a name that an event type may have.',
  invalid_event_time: 'Its time is no time between the years 1 and 9999.',
  event_too_large: 'The event is larger than an event may be.',
  id_conflict: 'Another event with the same id was stored before.',
  number_range: 'A number is too large for any column.',
  value_too_large: 'A value is larger than a column may hold.',
  too_many_tables: 'It would need a table more than the workspace may have.',
  invalid_mapping: 'The mapping of its event type cannot be used.',
  unmapped_field: 'It has a field that the mapping does not map, and the mapping is strict.',
  unmapped_event_type: 'Nobody has mapped its event type, and new event types are not mapped by themselves.',
  value_not_convertible: 'A value does not fit the type of its column.',
  null_not_allowed: 'A column that must not be null would be.',
  transform_error: 'The code failed on it.',
  transform_timeout: 'The code took too long on it.',
  transform_memory: 'The code needed too much memory for it.',
  transform_output: 'What the code made of it is no event.',
  sandbox_refused: 'The code tried what it may not do.',
}
