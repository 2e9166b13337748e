/** Runs inside of the isolate: what an event says of itself under `_metadata`, and what of it the code may change. */
import { isoOf, parseTime, timeOf } from './intrinsics.js'

let lastTime = Number.NaN
let lastIso = ''

/** `about` is an event of a run request. */
export function metadataOf(about, { id, label, type }, eventType) {
  const metadata = {
    '@uuid': about[0],
    '@timestamp': isoAt(about[3]),
    event_type: eventType,
    input_id: id,
    input_label: label,
    input_type: type,
    restream_count: about[5],
  }
  if (about[6] !== 0) metadata['@parent_uuid'] = about[6]
  return metadata
}

/** Of the event at a place of a run. */
export function metadataOfRun(run, place, { id, label, type }, eventType) {
  return {
    '@uuid': idAt(run, place),
    '@timestamp': isoAt(run[5]),
    event_type: eventType,
    input_id: id,
    input_label: label,
    input_type: type,
    restream_count: 0,
  }
}

function isoAt(receivedAt) {
  if (receivedAt !== lastTime) {
    lastIso = isoOf(receivedAt)
    lastTime = receivedAt
  }
  return lastIso
}

/** Two hexadecimal digits of each byte. */
const digits = { __proto__: null }
for (let byte = 0; byte < 256; byte++) digits[byte] = '0123456789abcdef'[byte >> 4] + '0123456789abcdef'[byte & 15]

let lastText = ''
let lastHigh = -1
/** The text and all digits but the last two. */
let lastPrefix = ''

function idAt(run, place) {
  const number = (run[2] + place) >>> 0
  const high = number >>> 8
  if (high !== lastHigh || run[1] !== lastText) {
    lastText = run[1]
    lastHigh = high
    lastPrefix = `${lastText}${digits[high >>> 16]}${digits[(high >>> 8) & 255]}${digits[high & 255]}`
  }
  return lastPrefix + digits[number & 255]
}

/** Milliseconds since 1970 UTC. @throws TypeError */
export function timeIn(timestamp) {
  const time =
    typeof timestamp === 'number' ? timestamp : typeof timestamp === 'object' ? timeOf(timestamp) : parseTime(timestamp)
  if (!(time >= -timeMax && time <= timeMax)) throw new PlainTypeError('_metadata["@timestamp"] is no time')
  return time - (time % 1)
}

const PlainTypeError = TypeError
/** Of a Date, in ms. */
const timeMax = 8.64e15
