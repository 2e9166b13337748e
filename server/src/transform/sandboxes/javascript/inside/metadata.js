/** Runs inside of the isolate: what an event says of itself under `_metadata`, and what of it the code may change. */
import { isoOf, parseTime, timeOf } from './intrinsics.js'

let lastTime = Number.NaN
let lastIso = ''

/** `about` is an event of a run request. */
export function metadataOf(about, { id, label, type }, eventType) {
  const receivedAt = about[3]
  if (receivedAt !== lastTime) {
    lastIso = isoOf(receivedAt)
    lastTime = receivedAt
  }
  const metadata = {
    '@uuid': about[0],
    '@timestamp': lastIso,
    event_type: eventType,
    input_id: id,
    input_label: label,
    input_type: type,
    restream_count: about[5],
  }
  if (about[6] !== 0) metadata['@parent_uuid'] = about[6]
  return metadata
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
