/**
 * Values of series as rows that say of what type each is, by the bytes, for records written in the plainest way alone:
 *
 *   {"key":"k","value":1.5,"epoch":1419876021.778477}
 *   {"key":"k","value":1.5,"epoch":1419876021.778477,"value_type":"number"}
 */
export interface SeriesLayout {
  /** Names of the three members, in the order they have to be in: a text, a scalar, seconds since 1970. Up to 10 characters each. */
  readonly members: readonly [name: string, value: string, seconds: string]
  /** Bytes that the text may have as it is written, with its quotes. */
  readonly nameBytesMax: number
  /** Seconds are less. */
  readonly secondsEnd: number
  /** What a row has behind its last member, by the type of the value. Up to 44 bytes each. */
  readonly endings: Readonly<Record<'text' | 'number' | 'boolean', string>>
}

export interface SeriesRows {
  /** The rows one after the other; memory of its own. */
  readonly rows: Buffer
  /** Where each row ends. */
  readonly ends: Uint32Array
  /** Of each row, ms since 1970 UTC. */
  readonly times: Float64Array
}

export interface SeriesWriter {
  /**
   * Of proved objects; undefined where one has not the three members alone in their order, written all without space or with one
   * behind colon and comma, or a value that is null, an array or an object, or seconds in another form than `digits.digits`.
   */
  write(body: Uint8Array, starts: Uint32Array, ends: Uint32Array): SeriesRows | undefined
}
