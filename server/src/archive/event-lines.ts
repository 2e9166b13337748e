/**
 * Events of a batch as lines of JSON, their data the bytes that were received. Only line breaks between the parts of an event become
 * spaces, so that it is one line. What could not be read as JSON is kept whole in base64, with the reason.
 *
 *   {"id":…,"type":…,"input":…,"offset":…,"receivedAt":…,"time":…,"data":{…}}
 *   {"id":…,"type":…,"input":…,"offset":…,"receivedAt":…,"fault":{"code":…,"message":…},"raw":"…"}
 */
import { idAt } from '@millrace/event/id'
import type { EventBatch } from '../batch.ts'

/** None of a batch that was sent through again: its events were archived when they came. */
export function linesOf(batch: EventBatch, firstOffset: bigint): Buffer {
  if (batch.resent !== undefined) return Buffer.alloc(0)
  const { starts, ends, payload, types, typeIndex, ids, times, idBase } = batch
  const faults = new Map(batch.faults?.map((fault) => [fault.index, fault]))
  const typeHeads = types.map((type) => `,"type":${JSON.stringify(type)}`)
  const batchHead = `,"input":${JSON.stringify(batch.input.label)},"receivedAt":"${isoOf(batch.receivedAt)}"`
  const whole = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const breaks = openLineBreaks(whole)
  const pieces: Buffer[] = []
  for (let index = 0; index < starts.length; index++) {
    const id = JSON.stringify(ids?.[index] ?? idAt(idBase, index))
    const time = times?.[index] ?? null
    const timePart = time === null ? '' : `,"time":"${isoOf(time)}"`
    const head = `{"id":${id}${typeHeads[typeIndex?.[index] ?? 0] ?? ''},"offset":${firstOffset + BigInt(index)}${batchHead}${timePart}`
    const [from, to] = [starts[index]!, ends[index]!]
    const fault = faults.get(index)
    if (fault === undefined) {
      pieces.push(Buffer.from(`${head},"data":`), breaks.without(from, to), lineEnd)
    } else {
      const { code, message } = fault
      const raw = whole.toString('base64', from, to)
      pieces.push(Buffer.from(`${head},"fault":${JSON.stringify({ code, message })},"raw":"${raw}"}\n`))
    }
  }
  return Buffer.concat(pieces)
}

const lineEnd = Buffer.from('}\n')
const [lineFeed, carriageReturn, space] = [0x0a, 0x0d, 0x20]

/** Looks for each kind of break once, however many events there are: most payloads have none in events. */
function openLineBreaks(payload: Buffer) {
  const next = { [lineFeed]: -1, [carriageReturn]: -1 }
  const isIn = (kind: typeof lineFeed | typeof carriageReturn, from: number, to: number) => {
    if (next[kind]! < from) {
      const at = payload.indexOf(kind, from)
      next[kind] = at < 0 ? Number.POSITIVE_INFINITY : at
    }
    return next[kind]! < to
  }
  return {
    /** The bytes without breaks; a copy only where there are any. Ranges must ascend. */
    without(from: number, to: number): Buffer {
      const hasFeed = isIn(lineFeed, from, to)
      if (!isIn(carriageReturn, from, to) && !hasFeed) return payload.subarray(from, to)
      return Buffer.from(payload.subarray(from, to)).map((byte) =>
        byte === lineFeed || byte === carriageReturn ? space : byte,
      ) as Buffer
    },
  }
}

/** Whatever a sender says: what is no time of the calendar is left as it is. */
function isoOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString()
}
