/** The records of a body, in the words of events: what the scanner of `@millrace/json` finds, with the codes of `errors.ts`. */
import type { BodyForm, JsonFault, RecordFaultCode, RecordScanner } from '@millrace/json/records'
import type { EventFault } from '../batch.ts'
import { type ErrorCode, MillraceError } from '../errors.ts'
import type { DecodedEvents } from './protocol.ts'

export interface ScannedEvents {
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** In ascending order of their index. */
  readonly faults: readonly EventFault[]
}

/**
 * Finds the events of a body. One object alone that is no fit event is a bad request, since there is no neighbour to save.
 * @throws MillraceError, JsonFault The body cannot be taken.
 */
export function scanEvents(scanner: RecordScanner, body: Uint8Array, form: BodyForm): ScannedEvents {
  const { count, starts, ends, faults } = scanner.scan(body, form)
  if (faults.length === 0) return { starts, ends, faults: [] }
  const events = faults.map(({ index, code, message }) => ({ index, code: codes[code], message: sentence(message) }))
  if (form === 'json' && count === 1 && !isArray(body)) throw new MillraceError(events[0]!.code, events[0]!.message)
  return { starts, ends, faults: events }
}

/** The events of a scan that are all of one type, each record the data of one. */
export function eventsOfType(
  type: string,
  payload: Uint8Array,
  { starts, ends, faults }: ScannedEvents,
): DecodedEvents {
  return { types: [type], ...(faults.length === 0 ? {} : { faults }), starts, ends, payload }
}

/** Why a body as a whole cannot be taken. */
export function requestFaultOf({ code, message }: JsonFault): MillraceError {
  return new MillraceError(codes[code], sentence(message))
}

const codes = {
  invalid_json: 'invalid_json',
  invalid_utf8: 'invalid_utf8',
  too_deep: 'too_deep',
  not_an_object: 'not_an_object',
  event_too_large: 'event_too_large',
  key_too_long: 'event_too_large',
  too_many_keys: 'event_too_large',
  too_many_records: 'too_many_events',
} as const satisfies Record<RecordFaultCode | 'too_many_records', ErrorCode>

/** Whether a body proved JSON, and begun by a byte order mark or not, is an array. */
function isArray(body: Uint8Array): boolean {
  return body.find((byte) => byte === 0x5b || byte === 0x7b) === 0x5b
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
