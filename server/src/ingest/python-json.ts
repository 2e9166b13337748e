/**
 * JSON as Python writes it: its `json` module writes the bare words NaN, Infinity and -Infinity, which RFC 8259 does not know. They
 * are read as null, with a note; what is no JSON for another reason stays what it is. Costs nothing where there is none of them.
 */
import { type BodyForm, JsonFault, type RecordScanner } from '@millrace/json/records'
import type { EventNote } from '../batch.ts'
import { type ScannedEvents, scanEvents } from './scan.ts'

export interface PythonEvents extends ScannedEvents {
  /** Where the events lie: the body itself unless a word was replaced. */
  readonly payload: Uint8Array
  readonly notes: readonly EventNote[]
}

/** As {@link scanEvents}. @throws MillraceError, JsonFault The body cannot be taken. */
export function scanPythonEvents(scanner: RecordScanner, body: Uint8Array, form: BodyForm): PythonEvents {
  return form === 'json' ? scanWhole(scanner, body) : scanLines(scanner, body)
}

function scanWhole(scanner: RecordScanner, body: Uint8Array): PythonEvents {
  try {
    return { ...scanEvents(scanner, body, 'json'), payload: body, notes: [] }
  } catch (error) {
    const read = error instanceof JsonFault && error.code === 'invalid_json' ? withoutWords(body) : undefined
    if (read === undefined) throw error
    const scanned = scanEvents(scanner, read.bytes, 'json')
    return { ...scanned, payload: read.bytes, notes: recordsAt(read.nullsAt, scanned).map(noteOf) }
  }
}

/** Reads only the lines again that are no JSON: what is inside a text can be told only where quotes come in pairs. */
function scanLines(scanner: RecordScanner, body: Uint8Array): PythonEvents {
  const { starts, ends, faults } = scanEvents(scanner, body, 'ndjson')
  const pieces: Uint8Array[] = []
  const changed: number[] = []
  let at = 0
  for (const { index, code } of faults) {
    const read = code === 'invalid_json' ? withoutWords(body.subarray(starts[index], ends[index])) : undefined
    if (read === undefined || scanner.scan(read.bytes, 'ndjson').faults.length > 0) continue
    pieces.push(body.subarray(at, starts[index]), read.bytes)
    at = ends[index]!
    changed.push(index)
  }
  if (changed.length === 0) return { starts, ends, faults, payload: body, notes: [] }
  const payload = Buffer.concat([...pieces, body.subarray(at)])
  return { ...scanEvents(scanner, payload, 'ndjson'), payload, notes: changed.map(noteOf) }
}

/** Which records the places lie in, both in ascending order. */
function recordsAt(places: readonly number[], { starts, ends, faults }: ScannedEvents): number[] {
  const faulty = new Set(faults.map(({ index }) => index))
  let next = 0
  return [...starts.keys()].filter((index) => {
    while (next < places.length && places[next]! < starts[index]!) next++
    return next < places.length && places[next]! < ends[index]! && !faulty.has(index)
  })
}

function noteOf(index: number): EventNote {
  return { index, message: 'NaN, Infinity or -Infinity was read as null' }
}

/** The same with null for each of the words outside of texts, and where; undefined if there is none. */
function withoutWords(bytes: Uint8Array): { bytes: Buffer; nullsAt: number[] } | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pieces: Buffer[] = []
  const nullsAt: number[] = []
  let length = 0
  let copied = 0
  let isInText = false
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]
    if (byte === QUOTE) isInText = !isInText
    else if (byte === BACKSLASH && isInText) at++
    const word = isInText ? undefined : wordAt(text, at)
    if (word === undefined) continue
    const before = text.subarray(copied, at)
    pieces.push(before, nothing)
    nullsAt.push(length + before.length)
    length += before.length + nothing.length
    copied = at + word.length
    at = copied - 1
  }
  if (nullsAt.length === 0) return undefined
  return { bytes: Buffer.concat([...pieces, text.subarray(copied)]), nullsAt }
}

function wordAt(text: Buffer, at: number): string | undefined {
  const wanted = words[text[at]!]
  return wanted !== undefined && text.toString('latin1', at, at + wanted.length) === wanted ? wanted : undefined
}

/** By their first byte. */
const words: Readonly<Record<number, string>> = { 78: 'NaN', 73: 'Infinity', 45: '-Infinity' }
const nothing = Buffer.from('null')
const QUOTE = 0x22
const BACKSLASH = 0x5c
