/** What a request of Segment's API holds: one message, or `{"batch": [message, …], "sentAt", "context", "writeKey"}`. */
import { limits } from '@millrace/event/limits'
import { openMemberFinder } from '@millrace/json/members'
import { OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace } from '@millrace/json/tokens'
import { decodeString } from '@millrace/json/walk'
import { MillraceError } from '../../../errors.ts'
import { scanArray, wholeScanner } from '../../array-scan.ts'
import { tooLarge } from '../../body.ts'
import { readEventTime } from '../../event-time.ts'
import type { DecodedEvents, IngestRequest } from '../../protocol.ts'
import { scanPythonEvents } from '../../python-json.ts'
import type { ScannedEvents } from '../../scan.ts'
import { readUsualTime } from '../../usual-time.ts'
import { batchFlattener, flattener, type Kind } from './fields.ts'
import { type Envelope, readMessages } from './messages.ts'

export interface SegmentRequest {
  /**
   * The write key in the body, which the clients for browsers send; in a batch, perhaps that of its first message. Not looked for there
   * where the request's head told the input.
   */
  readonly writeKey: string | undefined
  readonly events: DecodedEvents
}

/** @throws MillraceError, JsonFault */
export function readMessage({ body, scanner, access, input }: IngestRequest, kind: Kind): SegmentRequest {
  const { payload, ...scanned } = scanPythonEvents(scanner, body, 'json')
  if (payload[scanned.starts[0] ?? 0] !== OPEN_BRACE || payload[startOf(payload)] !== OPEN_BRACE) throw notAnObject
  const bytes = bufferOf(payload)
  const writeKey = input === undefined ? firstKeyOf(bytes, scanned) : undefined
  const notes = scanned.notes.length === 0 ? {} : { notes: scanned.notes }
  const envelope = { kind, now: access.now, sentAt: undefined, context: nothing }
  return { writeKey, events: { ...readMessages(bytes, scanned, envelope), ...notes } }
}

/** @throws MillraceError, JsonFault */
export function readBatch(request: IngestRequest): SegmentRequest {
  return readSoundBatch(request) ?? readAnyBatch(request)
}

/** By one look at all of it; undefined of what something is wrong with, or unusual. */
function readSoundBatch({ body, access, input }: IngestRequest): SegmentRequest | undefined {
  const found = batchFlattener?.flatten(body)
  if (found === undefined) return undefined
  const { starts, recordEnds, arrayStart, arrayEnd } = found
  const records = { starts, ends: recordEnds }
  const around = Buffer.concat([body.subarray(0, arrayStart + 1), body.subarray(arrayEnd - 1)])
  const head = readHead(around, startOf(around), records.starts.length)
  const scanned = { ...records, faults: [] }
  const envelope = { kind: undefined, now: access.now, sentAt: head.sentAt, context: head.context }
  const writeKey = head.writeKey ?? (input === undefined ? firstKeyOf(body, scanned) : undefined)
  return { writeKey, events: readMessages(body, scanned, envelope, { flatten: () => found }) }
}

/** Looked at several times, whatever it is. `flat`: null to do without the flattener. @throws MillraceError, JsonFault */
export function readAnyBatch({ body, scanner, access, input }: IngestRequest, flat = flattener): SegmentRequest {
  const whole = scanPythonEvents(wholeScanner, body, 'json')
  const bytes = bufferOf(whole.payload)
  if (whole.starts.length !== 1 || bytes[startOf(bytes)] !== OPEN_BRACE) throw notAnObject
  const places = batchFinder.find(bytes, whole.starts, whole.ends)
  const [batchStart, batchEnd] = [places[0]!, places[1]!]
  if (bytes[batchStart] !== OPEN_BRACKET)
    throw new MillraceError('invalid_request', '"batch" has to be an array of messages', {
      fields: [{ field: 'batch', message: 'has to be an array of messages' }],
    })
  const batch = bytes.subarray(batchStart, batchEnd)
  const scanned = scanArray(scanner, batch)
  const head = readHead(bytes, whole.starts[0]!, scanned.starts.length)
  const message = whole.notes[0]?.message
  const notes =
    message === undefined
      ? {}
      : {
          notes: Array.from(scanned.starts, (_, index) => ({
            index,
            message: `${message}, in this event or in another of its batch`,
          })),
        }
  const envelope = { kind: undefined, now: access.now, sentAt: head.sentAt, context: head.context }
  return {
    writeKey: head.writeKey ?? (input === undefined ? firstKeyOf(batch, scanned) : undefined),
    events: { ...readMessages(batch, scanned, envelope, flat), ...notes },
  }
}

interface BatchHead extends Pick<Envelope, 'sentAt' | 'context'> {
  readonly writeKey: string | undefined
}

/** What a batch of `count` messages says of all of them: the proved object at `start`. @throws MillraceError `request_too_large`. */
function readHead(bytes: Buffer, start: number, count: number): BatchHead {
  const places = batchFinder.find(bytes, Uint32Array.of(start), Uint32Array.of(bytes.length))
  const context = insideOf(bytes.subarray(places[CONTEXT], places[CONTEXT + 1]))
  if (count * context.length > limits.requestBytesMax) throw tooLarge(limits.requestBytesMax)
  return {
    context,
    sentAt:
      readUsualTime(bytes, places[SENT_AT]!, places[SENT_AT + 1]!) ??
      readEventTime(textAt(bytes, places[SENT_AT]!, places[SENT_AT + 1]!)),
    writeKey: textAt(bytes, places[WRITE_KEY]!, places[WRITE_KEY + 1]!),
  }
}

/** The write key in the first message that can be read. */
function firstKeyOf(body: Buffer, { starts, ends, faults }: ScannedEvents): string | undefined {
  const first = starts.findIndex((_, index) => !faults.some((fault) => fault.index === index))
  if (first < 0) return undefined
  const message = body.subarray(starts[first], ends[first])
  const [start, end] = keyFinder.find(message, Uint32Array.of(0), Uint32Array.of(message.length))
  return textAt(message, start!, end!)
}

/** The inside of an object; nothing of anything else. */
function insideOf(token: Buffer): Uint8Array {
  if (token[0] !== OPEN_BRACE) return nothing
  const start = skipSpace(token, 1)
  return start === token.length - 1 ? nothing : token.subarray(start, token.length - 1)
}

function textAt(body: Buffer, start: number, end: number): string | undefined {
  return end !== 0 && body[start] === QUOTE && end - start < 1024 ? decodeString(body, start, end) : undefined
}

/** Of the first token. */
function startOf(body: Uint8Array): number {
  return skipSpace(body, body[0] === 0xef ? 3 : 0)
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const batchFinder = openMemberFinder(['batch', 'writeKey', 'sentAt', 'context'])
const [WRITE_KEY, SENT_AT, CONTEXT] = [2, 4, 6] as const
const keyFinder = openMemberFinder(['writeKey'])
const nothing = Buffer.of()

const notAnObject = new MillraceError('not_an_object', 'The body has to be a JSON object')
