/**
 * What extraction is: bytes of JSON objects in, columns out, in one pass, by the tree of a mapping's fields.
 * `extract-wasm.ts` does it fast, `extract-js.ts` is its fallback and oracle; both are proved by `extract.suite.ts`.
 *
 * How a value at a path is read:
 *   null                     nothing, whatever the path
 *   object                   its members are looked at, each at its longer path; an object at a path of `depthMax` keys is a value
 *   scalar, array, or a
 *   value at `depthMax`      read as the type of the leaf at its path; no leaf there: the row is flagged `unknown`
 * A leaf may have longer paths below it: `a` may be a text in one event and an object with `b` in the next.
 * Keys are the same when they are the same JavaScript string, escaped or not; a lone surrogate is only equal to itself.
 *
 * What fits a type, all else but null being a misfit:
 *   BOOLEAN     true, false
 *   BIGINT      a number without point and exponent within 64 bits, but not -0
 *   DOUBLE      a number that a double holds without loss; -0 stays -0
 *   DECIMAL     a number with at most `scale` digits after the point and 38 -
 *               `scale` before it, 1.0 and 1e0 being 1 and -0 being 0
 *   TIMESTAMP   a string with an ISO 8601 time or date, no finer than µs
 *   DATE        a string with an ISO 8601 date
 *   VARCHAR     a string, unescaped; a number, true or false, as it is written
 *   JSON        anything, as it is written
 *   DISCARD     anything, and nothing in a value is flagged
 */

export type LeafType =
  | 'BOOLEAN'
  | 'BIGINT'
  | 'DOUBLE'
  | 'DECIMAL'
  | 'TIMESTAMP'
  | 'DATE'
  | 'VARCHAR'
  | 'JSON'
  /** Looked at, not kept: a field that the mapping discards. */
  | 'DISCARD'

export interface Leaf {
  /** Keys from the event's own object inwards, at least one, at most `depthMax`. */
  readonly path: readonly string[]
  readonly type: LeafType
  /** Digits after the point, of a DECIMAL: 0 to 38. */
  readonly scale?: number
}

/** Flags of a row, or'ed. A row with any flag but `sanitized` has no promised values and must not be loaded as it is. */
export const rowFlags = {
  /** A value that is no null stands at a path without a leaf. */
  unknown: 1,
  /** A value does not fit its leaf's type without loss. */
  misfit: 2,
  /** A value is a number beyond what any type holds: not 0, yet a double would be infinite or 0. Also where its leaf is a text. */
  numberRange: 4,
  /** A VARCHAR, unescaped, or a JSON value has more than `valueBytesMax` bytes of UTF-8. */
  valueTooLarge: 8,
  /**
   * An object has a key twice that leads to a leaf; the last counts, but this pass has not told them apart, and the row's other flags
   * mean nothing. Rewrite the row (`withoutDuplicates`) and extract again. A key twice that leads to none makes the row `unknown`,
   * unless all its values are null or empty objects.
   */
  duplicateKey: 16,
  /** A VARCHAR or JSON value held a lone surrogate, which became U+FFFD, or its escape. */
  sanitized: 32,
} as const

/** One column of `rowCount` rows, in the shapes of a `RowBatch`: see `server/src/rows.ts`. */
export interface ExtractedColumn {
  /** Bit i % 8 of byte i >> 3 is 1 where row i has a value. */
  readonly valid: Uint8Array
  /**
   * BOOLEAN: Uint8Array; BIGINT, TIMESTAMP (µs since 1970 UTC): BigInt64Array; DOUBLE: Float64Array; DATE (days since 1970): Int32Array;
   * VARCHAR, JSON, DECIMAL (`-?digits[.digits]`): offsets into bytes, `rowCount + 1` of them.
   */
  readonly values:
    | Uint8Array
    | BigInt64Array
    | Float64Array
    | Int32Array
    | { readonly offsets: Uint32Array; readonly bytes: Uint8Array }
}

/** All arrays belong to the caller: a later extraction does not touch them. */
export interface Extraction {
  readonly rowCount: number
  /** One for each leaf, in the order the extractor was given them; DISCARD leaves have an empty one. */
  readonly columns: readonly ExtractedColumn[]
  /** One byte of {@link rowFlags} for each row. */
  readonly flags: Uint8Array
  /** Rows with any flag but `sanitized`. */
  readonly flaggedCount: number
}

export interface ExtractorSettings {
  readonly leaves: readonly Leaf[]
  readonly depthMax: number
  readonly valueBytesMax: number
}

export interface Extractor {
  /**
   * Rows i are the JSON objects `payload[starts[i] .. ends[i])`, proved by a validator before; several payloads may follow one another.
   * @throws RangeError Eight rows that follow one another have more than about 40 MB together.
   */
  extract(parts: readonly ExtractionPart[]): Extraction
}

/** Rows out of one payload; `rows` picks some of them by index, in order; all without it. */
export interface ExtractionPart {
  readonly payload: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly rows?: Uint32Array
}
