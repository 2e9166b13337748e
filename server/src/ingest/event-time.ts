/** Times as senders write them, for protocols whose events carry one. */
import { readTimestamp } from '@millrace/json/scalar'

/** ms since 1970 UTC of an ISO 8601 text, or of ms as a number, within the years 1 to 9999; undefined of anything else. */
export function readEventTime(value: unknown): number | undefined {
  const time = typeof value === 'string' ? timeOfText(value) : typeof value === 'number' ? Math.floor(value) : undefined
  return time !== undefined && time >= firstTime && time <= lastTime ? time : undefined
}

/** Digits finer than µs, which ISO 8601 allows, are finer than an event's time. */
function timeOfText(text: string): number | undefined {
  const micros = text.length > textCharsMax ? undefined : readTimestamp(text.replace(/(\.\d{6})\d+/, '$1'))
  return micros === undefined ? undefined : Number(micros / 1000n) - (micros % 1000n < 0n ? 1 : 0)
}

const textCharsMax = 64
/** The first ms of the year 1 and the last of the year 9999. */
const firstTime = -62_135_596_800_000
const lastTime = 253_402_300_799_999
