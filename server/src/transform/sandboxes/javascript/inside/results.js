/** Runs inside of the isolate: what a `transform` returned, checked and written as JSON. What it throws is said of the event. */

import { hasOwn, ignoreRejection, isArray, keys, stringify } from './intrinsics.js'
import { timeIn } from './metadata.js'
import { utf8Length } from './utf8.js'

/** Its message is for whoever wrote the code. */
class ResultError extends Error {
  constructor(message) {
    super(message)
    this.name = ''
  }
}

let bytesMax = 0
let eventsMax = 0

export function setResultLimits({ outputBytesMax, outputEventsMax }) {
  bytesMax = outputBytesMax
  eventsMax = outputEventsMax
}

/** Events that a result stands for. @throws ResultError */
export function listOf(result) {
  if (!isArray(result)) return { __proto__: null, length: 1, 0: eventIn(result) }
  const list = { __proto__: null, length: lengthOf(result) }
  for (let place = 0; place < list.length; place++) list[place] = eventIn(result[place], place)
  return list
}

function lengthOf(array) {
  const { length } = array
  if (length > eventsMax) throw new ResultError(`One event became ${length} events; ${eventsMax} may be`)
  return length
}

function eventIn(value, place) {
  if (typeof value === 'object' && value !== null && !isArray(value) && typeof value.then !== 'function') return value
  throw new ResultError(complaintOf(value, place))
}

function complaintOf(value, place) {
  if (typeof value === 'object' && value !== null && typeof value.then === 'function') {
    try {
      ignoreRejection(value, () => {})
    } catch {} // it only looks like a promise
    return 'transform returned a promise: async is not supported'
  }
  const kind = value === null ? 'null' : isArray(value) ? 'an array' : `a ${typeof value}`
  const what = value === undefined ? 'undefined' : kind
  return place === undefined
    ? `transform returned ${what}; it returns an event, an array of events, or null`
    : `transform returned an array with ${what} at ${place}; each of its items is an event`
}

/** For the next `transform`: an event has metadata of its own. */
export function withMetadata(event, metadata) {
  const own = event._metadata
  const source = typeof own === 'object' && own !== null ? own : metadata
  event._metadata = { ...source }
  return event
}

/** The head of an output whose type and time are those of its event. */
export const unchanged = '[0,0]'

/**
 * What the last `transform` returned, as the outcome of its event; `heads` are by place, and absent where none is changed.
 * @throws ResultError, whatever the code throws while it is read
 */
export function written(result, type, timestamp) {
  if (!isArray(result)) {
    const event = eventIn(result)
    const head = headOf(event, type, timestamp)
    const heads = head === unchanged ? undefined : { __proto__: null, 0: head }
    return checked({ count: 1, heads, lines: lineOf(event), fault: '' })
  }
  const length = lengthOf(result)
  const outcome = { count: length, heads: undefined, lines: '', fault: '' }
  for (let place = 0; place < length; place++) {
    const event = eventIn(result[place], place)
    const head = headOf(event, type, timestamp)
    if (head !== unchanged) {
      outcome.heads ??= { __proto__: null }
      outcome.heads[place] = head
    }
    outcome.lines += lineOf(event)
    if (outcome.lines.length - place > bytesMax + 1) throw tooLong() // before it is longer than a text can be
  }
  return checked(outcome)
}

/** @throws ResultError */
export function checked(outcome) {
  const { count, lines } = outcome
  if (count > eventsMax) throw new ResultError(`One event became ${count} events; ${eventsMax} may be`)
  const withLineFeeds = bytesMax + count
  const mayBeTooLong = lines.length * 3 > withLineFeeds // no UTF-16 unit takes more bytes
  if (mayBeTooLong && (lines.length > withLineFeeds || utf8Length(lines) > withLineFeeds)) throw tooLong()
  return outcome
}

function tooLong() {
  return new ResultError(`The result is longer than ${bytesMax} bytes`)
}

function headOf(event, type, timestamp) {
  const metadata = event._metadata
  if (typeof metadata !== 'object' || metadata === null) return unchanged
  const newType = metadata.event_type
  const newTimestamp = metadata['@timestamp']
  if (newType === type && newTimestamp === timestamp) return unchanged
  if (newType !== undefined && (typeof newType !== 'string' || newType === ''))
    throw new ResultError('_metadata.event_type is no name')
  const isTyped = newType !== undefined && newType !== type
  const isTimed = newTimestamp !== undefined && newTimestamp !== timestamp
  return `[${isTyped ? stringify(newType) : 0},${isTimed ? timeIn(newTimestamp) : 0}]`
}

function lineOf(event) {
  const text = textOf(event)
  if (typeof text !== 'string' || text[0] !== '{') throw new ResultError('The result is written as no JSON object')
  return `${text}\n`
}

/** Without `_metadata`. To set it to undefined is cheap; to delete it would make an object slow. */
function textOf(event) {
  if (typeof event.toJSON === 'function') return stringify(withoutMetadata(event.toJSON('')))
  const metadata = event._metadata
  if (metadata === undefined) return stringify(event)
  try {
    event._metadata = undefined
  } catch {
    return stringify(withoutMetadata(event)) // it is frozen
  }
  if (event._metadata !== undefined) return stringify(withoutMetadata(event))
  try {
    return stringify(event)
  } finally {
    event._metadata = metadata
  }
}

function withoutMetadata(object) {
  if (typeof object !== 'object' || object === null || isArray(object)) return undefined
  const copy = { __proto__: null }
  const names = keys(object)
  for (let place = 0; place < names.length; place++) {
    const key = names[place]
    if (key === '_metadata' || !hasOwn(object, key)) continue
    const value = object[key]
    if (key !== 'toJSON' || typeof value !== 'function') copy[key] = value
  }
  return copy
}
