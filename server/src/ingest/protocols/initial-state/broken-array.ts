/**
 * Events of an array that is no JSON as a whole. A client drops what is refused, so each element that can be read is taken: they are
 * told apart by their brackets and quotes alone, and proved one by one.
 */
import type { JsonFault, RecordScanner } from '@millrace/json/records'
import { skipSpace } from '@millrace/json/tokens'
import { type PythonEvents, scanPythonEvents } from '../../python-json.ts'

/** The events of `body`; those that are none are faults. @throws JsonFault `fault`: none of it can be read. */
export function scanBrokenArray(scanner: RecordScanner, body: Buffer, fault: JsonFault): PythonEvents {
  const start = skipSpace(body, 0)
  if (fault.code === 'too_many_records' || body[start] !== OPEN_BRACKET) throw fault
  const events = scanPythonEvents(scanner, elementsAsLines(body, start), 'ndjson')
  if (events.faults.length === events.starts.length) throw fault
  return events
}

/** The same bytes with each element on a line of its own. */
function elementsAsLines(body: Buffer, start: number): Buffer {
  const lines = Buffer.from(body)
  let depth = 0
  let isInText = false
  for (let at = start; at < lines.length; at++) {
    const byte = lines[at]!
    if (byte === QUOTE) isInText = !isInText
    else if (isInText) at += byte === BACKSLASH ? 1 : 0
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (depth++ === 0) lines[at] = SPACE
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      if (depth-- === 1) lines[at] = LINE_FEED
    } else if (byte === COMMA && depth === 1) lines[at] = LINE_FEED
    else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) lines[at] = SPACE
  }
  return lines
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const COMMA = 0x2c
const SPACE = 0x20
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
