/** Events in files, for a trial of code: made up by hand, or as `millrace samples` and `millrace restream show` print them. */
import type { TestEvent } from '@millrace/client/transforms'
import { usageError } from './failure.ts'

type Parts = Readonly<Record<string, unknown>>

/**
 * One object, an array of them, or lines. Each is an envelope `{"type": …, "data": {…}}`, a printed sample, or the data alone
 * where a type is given. Every digit of its numbers stays.
 * @throws CommandError
 */
export function readSampleEvents(file: string, text: string, eventType: string | undefined): TestEvent[] {
  return valuesOf(file, text).map((value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || rawJson.isRawJSON(value))
      throw usageError(`Event ${place + 1} of ${file} is no object`)
    return eventOf(value as Parts, { file, place, eventType })
  })
}

function valuesOf(file: string, text: string): unknown[] {
  const whole = parse(text)
  if ('value' in whole) return Array.isArray(whole.value) ? whole.value : [whole.value]
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, place) => {
    const read = parse(line)
    if ('value' in read) return read.value
    if (lines.length === 1) throw usageError(`${file} is no JSON: ${whole.reason}`)
    throw usageError(`Line ${place + 1} of ${file} is no JSON: ${read.reason}`)
  })
}

function eventOf(value: Parts, about: { file: string; place: number; eventType: string | undefined }): TestEvent {
  const printed = value['raw'] as { encoding?: unknown; data?: unknown } | undefined
  if (typeof value['eventType'] === 'string' && typeof printed?.data === 'string') {
    if (printed.encoding === 'base64') throw usageError(`Event ${about.place + 1} of ${about.file} is no text`)
    return { eventType: about.eventType ?? value['eventType'], data: printed.data }
  }
  const { type, data, id, time } = value
  if (typeof type === 'string' && typeof data === 'object' && data !== null) {
    const known = { ...(typeof id === 'string' && { id }), ...(typeof time === 'string' && { time }) }
    return { eventType: about.eventType ?? type, data: JSON.stringify(data), ...known }
  }
  if (about.eventType !== undefined) return { eventType: about.eventType, data: JSON.stringify(value) }
  const hint = 'Add --type TYPE, or write {"type": "TYPE", "data": {…}}.'
  throw usageError(`Event ${about.place + 1} of ${about.file} does not say its type`, hint)
}

/** Of ECMAScript's proposal for the text of numbers, which Node has and TypeScript's libraries do not know. */
interface RawJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): boolean
}

const rawJson = JSON as unknown as RawJson

function parse(text: string): { value: unknown } | { reason: string } {
  try {
    const keepDigits = (_key: string, value: unknown, { source }: { source?: string }) =>
      typeof value === 'number' && source !== undefined ? rawJson.rawJSON(source) : value
    return { value: rawJson.parse(text, keepDigits) }
  } catch (error) {
    return { reason: (error as Error).message }
  }
}
