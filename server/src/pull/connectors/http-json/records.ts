/** The records of an answer, and the draft of each: its id makes a page that is fetched twice harmless. */
import { createHash } from 'node:crypto'
import type { EventDraft, Json } from '@millrace/event/event'
import { isExactNumber } from '../../../exact-json.ts'
import { NotRetryable, type PulledDraft } from '../../connector.ts'
import { dayOf } from '../../row-days.ts'
import type { HttpJsonSettings } from './settings.ts'
import { valueAt } from './value-path.ts'

const idCharsMax = 128
/** Numbers from here on are milliseconds: 10^11 seconds are in the year 5138. */
const millisecondsFrom = 1e11

/** An array's elements; an object by itself is one record, null is none. @throws NotRetryable: there is nothing at the path. */
export function recordsOf(answer: unknown, path: string): Json[] {
  const found = valueAt(answer, path)
  if (Array.isArray(found)) return found
  if (found === null) return []
  if (typeof found === 'object') return [found as Json]
  const where = path === '' ? 'The answer' : `The answer at ${JSON.stringify(path)}`
  throw new NotRetryable(
    `${where} is ${found === undefined ? 'nothing' : `a ${typeof found}`}, not a list of records; the answer is ${shapeOf(answer)}`,
  )
}

export interface RecordPlace {
  /** Of the days that were asked for, as text. */
  readonly range: string
  /** The page's position, and the record's place in it. */
  readonly page: string
  readonly index: number
}

/** A record that is no object becomes `{ value }`. A record that has changed since is another event. */
export function draftOf(
  record: Json,
  { table, idField, timeField, dateField }: HttpJsonSettings,
  place: RecordPlace,
): PulledDraft {
  const isObject = record !== null && typeof record === 'object' && !Array.isArray(record) && !isExactNumber(record)
  const data = isObject ? record : { value: record }
  const time = timeField === undefined ? undefined : timeOf(valueAt(data, timeField))
  const day = dateField === undefined ? undefined : dayOf(valueAt(data, dateField))
  const id = idOf(data, idField, place)
  return { type: table, data, id, ...(time !== undefined && { time }), ...(day !== undefined && { day }) }
}

function idOf(data: EventDraft['data'], idField: string | undefined, { range, page, index }: RecordPlace): string {
  const own = idField === undefined ? undefined : valueAt(data, idField)
  const known = typeof own === 'string' ? own : isNumber(own) ? JSON.stringify(own) : undefined
  const sum = digest(JSON.stringify([range, known ?? [page, index], data]))
  const readable = `${known}@${sum}`
  return known !== undefined && readable.length <= idCharsMax && !/\p{Cc}/u.test(readable) ? readable : sum
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isExactNumber(value)
}

function timeOf(value: unknown): number | undefined {
  if (isExactNumber(value)) return timeOf(Number(JSON.stringify(value)))
  if (typeof value === 'number') return value >= millisecondsFrom ? Math.floor(value) : Math.floor(value * 1000)
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

function shapeOf(answer: unknown): string {
  if (Array.isArray(answer)) return `a list of ${answer.length}`
  if (answer === null || typeof answer !== 'object') return answer === null ? 'null' : `a ${typeof answer}`
  const names = Object.keys(answer)
  return `an object with ${names.slice(0, 10).join(', ') || 'no members'}${names.length > 10 ? ' …' : ''}`
}
