/**
 * Rows of full tables: the values that have no column leave the event's JSON and become an object from paths (`pathText`) to
 * values, for the column `_rest`.
 */
import { openExtractor } from '@millrace/json/extractor'
import type { ColumnData } from '../rows.ts'
import { payloadOf } from './event-rows.ts'
import { type FieldPath, pathText } from './field-path.ts'
import { visitValues } from './field-values.ts'
import { mapLimits } from './limits.ts'

export interface SplitRow {
  /** The event with null for each value that has no column. */
  readonly kept: Uint8Array
  /** `{"a.b": value, …}`, the values as they came; undefined if every value has a column. */
  readonly rest: Uint8Array | undefined
}

/** Splits one event's JSON, in which no path comes twice. */
export function splitRow(bytes: Uint8Array, hasColumn: (path: FieldPath) => boolean): SplitRow {
  const kept: Uint8Array[] = []
  const rest: Uint8Array[] = []
  let at = 0
  visitValues(bytes, 0, bytes.length, (path, _kind, start, end) => {
    if (hasColumn(path)) return
    kept.push(bytes.subarray(at, start), nothing)
    rest.push(
      utf8.encode(`${rest.length === 0 ? '{' : ','}${JSON.stringify(pathText(path))}:`),
      bytes.subarray(start, end),
    )
    at = end
  })
  if (rest.length === 0) return { kept: bytes, rest: undefined }
  return { kept: Buffer.concat([...kept, bytes.subarray(at)]), rest: Buffer.concat([...rest, utf8.encode('}')]) }
}

/** The column of `rowCount` rows whose rests are given by row; an extractor makes it, so that it is as sound as any other. */
export function restColumnOf(rests: ReadonlyMap<number, Uint8Array>, rowCount: number): ColumnData {
  const pieces = Array.from({ length: rowCount }, (_, row) => {
    const rest = rests.get(row)
    return rest ? Buffer.concat([opening, rest, closing]) : empty
  })
  const extractor = openExtractor({
    leaves: [{ path: ['rest'], type: 'JSON' }],
    depthMax: 1,
    valueBytesMax: mapLimits.valueBytesMax,
  })
  return extractor.extract([payloadOf(pieces)]).columns[0]!
}

const utf8 = new TextEncoder()
const nothing = utf8.encode('null')
const opening = utf8.encode('{"rest":')
const closing = utf8.encode('}')
const empty = utf8.encode('{}')
