/** The records of an array inside of something that was proved already: however faulty one is, it costs itself only. */
import { limits } from '@millrace/event/limits'
import { JsonFault, type RecordScanner } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import { OPEN_BRACE } from '@millrace/json/tokens'
import { MillraceError } from '../errors.ts'
import { requestFaultOf, type ScannedEvents, scanEvents } from './scan.ts'

/** Proves what is around events, and no more of them than that they are JSON: what they may be is up to a request's scanner. */
export const wholeScanner = openScanner({
  depthMax: 1024,
  eventBytesMax: limits.requestBytesMax,
  keyBytesMax: limits.requestBytesMax,
  objectKeysMax: limits.requestBytesMax,
  requestEventsMax: 10_000,
})

/** As {@link scanEvents}, but a record too deep ends nothing. @throws JsonFault It is no JSON at all, or has too many records. */
export function scanArray(scanner: RecordScanner, array: Uint8Array): ScannedEvents {
  try {
    return scanEvents(scanner, array, 'json')
  } catch (error) {
    if (!(error instanceof JsonFault) || error.code !== 'too_deep') throw error
  }
  const { starts, ends } = scanEvents(wholeScanner, array, 'json')
  const faults = [...starts].flatMap((start, index) => faultOf(scanner, array.subarray(start, ends[index]), index))
  return { starts, ends, faults }
}

function faultOf(scanner: RecordScanner, record: Uint8Array, index: number): ScannedEvents['faults'] {
  if (record[0] !== OPEN_BRACE) return [{ index, code: 'not_an_object', message: 'Expected an object' }]
  try {
    scanEvents(scanner, record, 'json')
    return []
  } catch (error) {
    const fault = error instanceof JsonFault ? requestFaultOf(error) : error
    if (!(fault instanceof MillraceError)) throw error
    return [{ index, code: fault.code, message: fault.message }]
  }
}
