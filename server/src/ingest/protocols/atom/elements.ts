/**
 * The events in `data`: an object, or an array whose elements are objects, or texts that each hold one, or both mixed. A text that
 * was never meant to be JSON is the event `{"value": text}`; one that was, and is none, is a fault of its own.
 */
import { limits } from '@millrace/event/limits'
import { JsonFault, type RecordScanner } from '@millrace/json/records'
import { OPEN_BRACE, QUOTE, skipSpace } from '@millrace/json/tokens'
import { openUnescaper } from '@millrace/json/unescape'
import type { EventFault } from '../../../batch.ts'
import { MillraceError } from '../../../errors.ts'
import type { DecodedEvents } from '../../protocol.ts'
import { type PythonEvents, scanPythonEvents } from '../../python-json.ts'
import { requestFaultOf } from '../../scan.ts'

export type Elements = Omit<DecodedEvents, 'types'>

/** The one event of a text. */
export function readText(scanner: RecordScanner, text: Uint8Array): Elements {
  return assemble([elementOf(scanner, text)])
}

/** The events of an array; one whose end nobody can tell is one fault. @throws JsonFault `too_many_records`. */
export function readArray(scanner: RecordScanner, array: Uint8Array): Elements {
  const lines = unescaper.lines(array)
  if (lines !== undefined) {
    const read = scanPythonEvents(scanner, lines.text, 'ndjson')
    if (read.starts.length === lines.count) return elementsOf(read) ?? assemble(elementsOfLines(scanner, read))
  }
  try {
    const read = scanPythonEvents(scanner, array, 'json')
    return elementsOf(read) ?? assemble(elementsOfArray(scanner, read))
  } catch (error) {
    if (!(error instanceof JsonFault) || error.code === 'too_many_records') throw error
    return assemble([{ bytes: array, ...reasonOf(requestFaultOf(error)) }])
  }
}

/** Undefined if one of them may be no event. */
function elementsOf({ starts, ends, faults, payload, notes }: PythonEvents): Elements | undefined {
  if (faults.length > 0) return undefined
  return { starts, ends, payload, ...(notes.length === 0 ? {} : { notes }) }
}

interface Element extends Partial<Pick<EventFault, 'code' | 'message'>> {
  readonly bytes: Uint8Array
  readonly note?: string | undefined
}

function elementsOfLines(scanner: RecordScanner, { starts, ends, faults, payload, notes }: PythonEvents): Element[] {
  const faulty = new Set(faults.map(({ index }) => index))
  const noteOf = new Map(notes.map(({ index, message }) => [index, message]))
  return Array.from(starts, (start, index) => {
    const bytes = payload.subarray(start, ends[index])
    return faulty.has(index) ? elementOf(scanner, bytes) : { bytes, note: noteOf.get(index) }
  })
}

function elementsOfArray(scanner: RecordScanner, { starts, ends, faults, payload, notes }: PythonEvents): Element[] {
  const faultOf = new Map(faults.map((fault) => [fault.index, fault]))
  const noteOf = new Map(notes.map(({ index, message }) => [index, message]))
  return Array.from(starts, (start, index) => {
    const bytes = payload.subarray(start, ends[index])
    const fault = faultOf.get(index)
    if (fault?.code === 'not_an_object' && bytes[0] === QUOTE)
      return elementOf(scanner, unescaper.string(bytes, 0)!.text)
    return fault === undefined ? { bytes, note: noteOf.get(index) } : { bytes, ...reasonOf(fault) }
  })
}

function elementOf(scanner: RecordScanner, text: Uint8Array): Element {
  if (text[skipSpace(text, 0)] !== OPEN_BRACE) return plainTextOf(text)
  try {
    const { starts, ends, payload, notes } = scanPythonEvents(scanner, text, 'json')
    return { bytes: payload.subarray(starts[0], ends[0]), note: notes[0]?.message }
  } catch (error) {
    if (error instanceof JsonFault) return { bytes: text, ...reasonOf(requestFaultOf(error)) }
    if (error instanceof MillraceError) return { bytes: text, ...reasonOf(error) }
    throw error
  }
}

function plainTextOf(text: Uint8Array): Element {
  const bytes = Buffer.from(JSON.stringify({ value: Buffer.from(text).toString() }))
  if (bytes.length <= limits.eventBytesMax) return { bytes }
  return { bytes: text, code: 'event_too_large', message: `The text has more than ${limits.eventBytesMax} bytes` }
}

function reasonOf({ code, message }: Pick<EventFault, 'code' | 'message'>): Pick<EventFault, 'code' | 'message'> {
  return { code, message }
}

function assemble(elements: readonly Element[]): Elements {
  const [starts, ends] = [new Uint32Array(elements.length), new Uint32Array(elements.length)]
  let length = 0
  for (const [index, { bytes }] of elements.entries()) {
    starts[index] = length
    length += bytes.length
    ends[index] = length
  }
  const faults = elements.flatMap(({ code, message = '' }, index) =>
    code === undefined ? [] : [{ index, code, message }],
  )
  const notes = elements.flatMap(({ note }, index) => (note === undefined ? [] : [{ index, message: note }]))
  return {
    starts,
    ends,
    payload: Buffer.concat(elements.map(({ bytes }) => bytes)),
    ...(faults.length === 0 ? {} : { faults }),
    ...(notes.length === 0 ? {} : { notes }),
  }
}

const unescaper = openUnescaper()
