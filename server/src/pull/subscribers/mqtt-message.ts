/** One message as events: an object or an array of them as they are, anything else as the field `value`; the topic beside it. Pure. */
import { isUtf8 } from 'node:buffer'
import { isEventType } from '@millrace/event/event'
import { JsonFault, type RecordScanner } from '@millrace/json/records'
import type { ReceivedEvents } from '../subscriber.ts'

/** The topic is the field `topic` of each event, unless it has one. */
export function eventsOfMessage(
  scanner: RecordScanner,
  eventType: string,
  topic: string,
  payload: Buffer,
): ReceivedEvents {
  const field = Buffer.from(`{"topic":${JSON.stringify(topic)}`)
  const texts = objectsIn(scanner, payload) ?? [valueText(scanner, payload)]
  const pieces = texts.flatMap((text) => {
    const rest = text.subarray(1)
    const isEmpty = rest.find((byte) => byte > SPACE) === CLOSE_BRACE
    return isEmpty ? [field, rest] : [field, comma, rest]
  })
  const ends = new Uint32Array(texts.length)
  let at = 0
  for (const [index, text] of texts.entries()) {
    at += field.length + text.length - 1 + (text.subarray(1).find((byte) => byte > SPACE) === CLOSE_BRACE ? 0 : 1)
    ends[index] = at
  }
  const starts = Uint32Array.from(ends, (_, index) => (index === 0 ? 0 : ends[index - 1]!))
  const faults = isEventType(eventType)
    ? []
    : texts.map((_, index) => ({
        index,
        code: 'invalid_event_type',
        message: `The topic ${topic} makes no event type`,
      }))
  const types = [isEventType(eventType) ? eventType : '']
  return { types, ...(faults.length > 0 ? { faults } : {}), starts, ends, payload: Buffer.concat(pieces) }
}

/** Undefined where the payload is no object and no array of objects alone. */
function objectsIn(scanner: RecordScanner, payload: Buffer): Buffer[] | undefined {
  const first = payload.find((byte) => byte > SPACE)
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return undefined
  try {
    const { starts, ends, faults } = scanner.scan(payload, 'json')
    if (faults.length > 0 || starts.length === 0) return undefined
    return [...starts].map((start, index) => payload.subarray(start, ends[index]))
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

/** `{"value": …}`: JSON as it is, other text as text, and bytes that are no text in base64. */
function valueText(scanner: RecordScanner, payload: Buffer): Buffer {
  if (isOneValue(scanner, payload)) return Buffer.concat([Buffer.from('{"value":'), payload, Buffer.from('}')])
  if (isUtf8(payload)) return Buffer.from(JSON.stringify({ value: payload.toString() }))
  return Buffer.from(JSON.stringify({ value_base64: payload.toString('base64') }))
}

/** Whether it is the JSON of one value: not `1,"x":2`, which would be one within an object. */
function isOneValue(scanner: RecordScanner, payload: Buffer): boolean {
  try {
    return scanner.scan(Buffer.concat([Buffer.from('['), payload, Buffer.from(']')]), 'json').count === 1
  } catch (error) {
    if (error instanceof JsonFault) return false
    throw error
  }
}

const comma = Buffer.from(',')
const SPACE = 0x20
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
