/** What one event's JSON says about its fields: used for the few events that a mapping does not fit. */
import { decodeString } from '@millrace/json/walk'
import { type FieldPath, pathText } from './field-path.ts'
import { type FieldType, numberType, textType } from './field-type.ts'
import { type ValueKind, visitValues } from './field-values.ts'
import { mapLimits } from './limits.ts'
import type { Finding } from './mapping-draft.ts'
import { withTextsOfSeries } from './series.ts'

/** Why an event cannot become a row, by its own fault or, `internal`, by ours. */
export interface RowFault {
  readonly code:
    | 'number_range'
    | 'value_too_large'
    | 'too_many_tables'
    | 'unmapped_event_type'
    | 'unmapped_field'
    | 'value_not_convertible'
    | 'null_not_allowed'
    | 'internal'
  readonly message: string
  /** The field that it is about, as `pathText` writes it. */
  readonly subject?: string
}

/**
 * All findings of the object `bytes[start .. end)`, in which no path comes twice, or the first reason why it cannot become a row.
 * Nothing is asked of the values that are dropped.
 */
export function infer(
  bytes: Uint8Array,
  start: number,
  end: number,
  isDropped: IsDropped = keepAll,
): { findings: readonly Finding[]; fault?: RowFault } {
  const findings: Finding[] = []
  let fault: RowFault | undefined
  visitValues(bytes, start, end, (path, kind, valueStart, valueEnd) => {
    if (fault || isDropped(path)) return
    if (isTooLarge(bytes, kind, valueStart, valueEnd)) fault = tooLarge(path)
    else {
      const seen = typeOf(bytes, kind, valueStart, valueEnd)
      if (seen) findings.push({ path: path.slice(), seen })
      else fault = outOfRange(path)
    }
  })
  return fault ? { findings: [], fault } : { findings: withTextsOfSeries(findings) }
}

type IsDropped = (path: FieldPath) => boolean
const keepAll: IsDropped = () => false

/** Why the extractor found a number out of range or a value too large in the object `bytes[start .. end)`. */
export function explain(bytes: Uint8Array, start: number, end: number, isDropped: IsDropped = keepAll): RowFault {
  const { fault } = infer(bytes, start, end, isDropped)
  if (fault) return fault
  let largest: FieldPath = []
  let most = -1
  visitValues(bytes, start, end, (path, _kind, valueStart, valueEnd) => {
    if (valueEnd - valueStart <= most || isDropped(path)) return
    most = valueEnd - valueStart
    largest = path.slice()
  })
  return tooLarge(largest)
}

export function typeOf(bytes: Uint8Array, kind: ValueKind, start: number, end: number): FieldType | undefined {
  switch (kind) {
    case 'number':
      return numberType(latin1.decode(bytes.subarray(start, end)))
    case 'string':
      return textType(decodeString(bytes, start, end))
    case 'container':
      return { kind: 'json' }
    default:
      return { kind: 'boolean' }
  }
}

export function isTooLarge(bytes: Uint8Array, kind: ValueKind, start: number, end: number): boolean {
  if (end - start <= mapLimits.valueBytesMax) return false
  return kind !== 'string' || Buffer.byteLength(decodeString(bytes, start, end)) > mapLimits.valueBytesMax
}

export function tooLarge(path: FieldPath): RowFault {
  const { text, subject } = shown(path)
  const message = `The value at ${text} has more than ${mapLimits.valueBytesMax} bytes`
  return { code: 'value_too_large', message, subject }
}

export function outOfRange(path: FieldPath): RowFault {
  const { text, subject } = shown(path)
  return { code: 'number_range', message: `The number at ${text} is beyond what any type of column holds`, subject }
}

/** A path for a fault: for its message, of a length that a person reads, and as its subject. */
export function shown(path: FieldPath): { text: string; subject: string } {
  const subject = pathText(path)
  return { text: JSON.stringify(subject.length > 200 ? `${subject.slice(0, 200)}…` : subject), subject }
}

const latin1 = new TextDecoder('latin1')
