/**
 * What a scan of a request's body is: every record proved one JSON object (RFC 8259, UTF-8) or named as faulty, and where each
 * begins and ends, so that a record's bytes can be kept as they came. `scanner.ts` opens the scanner; `scan-wasm.ts` does it
 * fast, `scan-js.ts` is its fallback and oracle.
 *
 *   json     one object: one record. An array: a record for each element; one that is no object is that record's fault.
 *            Anything else, and any fault of syntax, encoding or depth: a {@link JsonFault}, for no border can be trusted.
 *   ndjson   a record a line (LF or CRLF, the last one optional); blank lines are none. A fault costs its own line only.
 *
 * One byte order mark at the very start is skipped. Depth counts objects and arrays, the event's own object being 1.
 */

/** Bounds of what a scan lets pass; `limits` of `@millrace/event/limits` fits. */
export interface RecordLimits {
  /** At most 1,024. */
  readonly depthMax: number
  readonly eventBytesMax: number
  readonly requestEventsMax: number
  /** Of a key as it is written, without its quotes. */
  readonly keyBytesMax: number
  readonly objectKeysMax: number
}

export type RecordFaultCode =
  | 'invalid_json'
  | 'invalid_utf8'
  | 'too_deep'
  | 'not_an_object'
  | 'event_too_large'
  | 'key_too_long'
  | 'too_many_keys'

/** Why one record cannot be taken; `message` says where, for the sender, and never quotes more than one character. */
export interface RecordFault {
  /** Which record, counted from 0, faulty ones included. */
  readonly index: number
  readonly code: RecordFaultCode
  readonly message: string
}

/** All arrays belong to the caller: a later scan does not touch them. */
export interface Records {
  readonly count: number
  /**
   * Byte `starts[i]` up to, not including, `ends[i]` of the body is record i, faulty or not: the object itself from `{` to `}`;
   * in `ndjson` a faulty record is its whole line without the line break.
   */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** By index, at most one for each record. */
  readonly faults: readonly RecordFault[]
}

export type BodyForm = 'json' | 'ndjson'

export interface RecordScanner {
  /** @throws JsonFault The body as a whole cannot be taken. */
  scan(body: Uint8Array, form: BodyForm): Records
}

/** A body that cannot be taken at all. */
export class JsonFault extends Error {
  readonly code: RecordFaultCode | 'too_many_records'
  /** Offset into the body, in bytes from 0. */
  readonly at: number

  constructor(code: RecordFaultCode | 'too_many_records', message: string, at: number) {
    super(message)
    this.name = 'JsonFault'
    this.code = code
    this.at = at
  }
}
