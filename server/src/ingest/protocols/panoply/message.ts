/**
 * The message of a request: found, decoded and read, in the memory of a reader of texts where this machine has one, so that the body
 * is never joined of its pieces; what that reader finds no fault in is read, all else is read again to tell why.
 */
import { limits } from '@millrace/event/limits'
import type { TextReader } from '@millrace/json/text-reader'
import { openTextReader } from '@millrace/json/texts'
import { openUnescaper } from '@millrace/json/unescape'
import type { DecodedEvents, IngestRequest } from '../../protocol.ts'
import { readSendMessage, type SendMessage } from './form.ts'
import { eventsOf, readRecords } from './records.ts'

export const messageEventsMax = 50_000

export interface Message extends Pick<SendMessage, 'attributes'> {
  /** Decodes the message; it stays as it is until its events are read. */
  read(): Uint8Array
  /** The events in it, once. May change the body. */
  events(): DecodedEvents
}

/** `texts`: null to do without that reader. To be used before another message is opened. @throws MillraceError `invalid_request`. */
export function openMessage(request: Pick<IngestRequest, 'body' | 'pieces' | 'scanner'>, texts = reader): Message {
  return texts === null ? openInPlace(request) : openHeld(request, texts)
}

function openInPlace({ body, scanner }: Pick<IngestRequest, 'body' | 'scanner'>): Message {
  const { start, end, attributes } = readSendMessage(body)
  let text = body.subarray(0, 0) as Uint8Array
  return {
    attributes,
    read() {
      text = unescaper.field(body, start, end)
      return text
    },
    events: () => readRecords(scanner, text),
  }
}

function openHeld({ pieces, scanner }: Pick<IngestRequest, 'pieces' | 'scanner'>, texts: TextReader): Message {
  const held = texts.hold(pieces)
  const { start, end, attributes } = readSendMessage(Buffer.from(held.buffer, held.byteOffset, held.byteLength))
  return {
    attributes,
    read: () => texts.field(start, end),
    events() {
      const records = texts.recordsOfLines()
      if (records !== undefined) return eventsOf({ ...records, faults: [], notes: [] })
      return readRecords(scanner, Uint8Array.from(texts.field(start, end)))
    },
  }
}

/** Null where this machine has none. */
const reader = openTextReader({ ...limits, requestEventsMax: messageEventsMax })
const unescaper = openUnescaper()
