/** The columns that every mapped table begins with: `_id, _time, _received_at, _input, _event_type`. */
import { idAt } from '@millrace/event/id'
import type { EventBatch } from '../batch.ts'
import type { ColumnData, TextValues } from '../rows.ts'
import { type EventRows, type Run, runsOf } from './event-rows.ts'

/** Values for each of `systemColumns`; none of them is null. */
export function systemColumnsOf(rows: EventRows, eventType: string): ColumnData[] {
  const runs = [...runsOf(rows)]
  const rowCount = rows.event.length
  const { times, receivedAts } = timesOf(rows, runs)
  const labels = runs.map(({ source, start, end }) => ({ text: source.batch.input.label, count: end - start }))
  const valid = new Uint8Array((rowCount + 7) >> 3).fill(0xff)
  if (rowCount % 8 > 0) valid[rowCount >> 3] = (1 << (rowCount % 8)) - 1
  return [
    { valid, values: idsOf(rows, runs) },
    { valid, values: times },
    { valid, values: receivedAts },
    { valid, values: repeated(labels, rowCount) },
    { valid, values: repeated([{ text: eventType, count: rowCount }], rowCount) },
  ]
}

/** Ids made here are 36 ASCII characters, and those of one batch differ in the last 8 only: the rest is copied. */
function idsOf(rows: EventRows, runs: readonly Run[]): TextValues {
  const offsets = new Uint32Array(rows.event.length + 1)
  let bytes = new Uint8Array(rows.event.length * idChars)
  let length = 0
  for (const { source, start, end } of runs) {
    const { idBase, ids } = source.batch
    const own = utf8.encode(idAt(idBase, 0))
    const firstLow = new DataView(idBase.buffer, idBase.byteOffset).getUint32(12)
    if (!ids) {
      bytes = withRoom(bytes, length + own.length * (end - start))
      writeOwn({ offsets, bytes }, own, { firstLow, events: rows.event, start, end })
      length = offsets[end]!
      continue
    }
    const whole = chosenAtOnce(ids, rows.event, start, end)
    if (whole !== undefined) {
      bytes = withRoom(bytes, length + whole.length)
      bytes.set(whole, length)
      for (let row = start; row < end; row++) {
        length += ids[rows.event[row]!]!.length
        offsets[row + 1] = length
      }
      continue
    }
    for (let row = start; row < end; row++) {
      const event = rows.event[row]!
      const chosen = ids[event]
      if (chosen === undefined || chosen === null) {
        bytes = withRoom(bytes, length + idChars)
        bytes.set(own, length)
        length += idChars
        writeHex(bytes, length, firstLow + event)
      } else {
        bytes = withRoom(bytes, length + chosen.length * 3)
        length += utf8.encodeInto(chosen, bytes.subarray(length)).written
      }
      offsets[row + 1] = length
    }
  }
  return { offsets, bytes: bytes.subarray(0, length) }
}

/** The ids made here of rows from `start` to `end`, behind those of the rows before. Its loop is apart, for V8 to compile it soon and alone. */
function writeOwn(
  { offsets, bytes }: { offsets: Uint32Array; bytes: Uint8Array },
  own: Uint8Array,
  { firstLow, events, start, end }: { firstLow: number; events: Uint32Array; start: number; end: number },
): void {
  let length = offsets[start]!
  fill(bytes, own, length, end - start)
  for (let row = start; row < end; row++) {
    length += idChars
    writeHex(bytes, length, firstLow + events[row]!)
    offsets[row + 1] = length
  }
}

/** The ids of neighbouring rows, one behind the other; undefined where one is not its sender's, or has more than ASCII in it. */
function chosenAtOnce(
  ids: readonly (string | null)[],
  events: Uint32Array,
  start: number,
  end: number,
): Uint8Array | undefined {
  const chosen: string[] = []
  for (let row = start; row < end; row++) {
    const id = ids[events[row]!]
    if (id === undefined || id === null) return undefined
    chosen.push(id)
  }
  const text = chosen.join('')
  const bytes = Buffer.from(text)
  return bytes.length === text.length ? bytes : undefined
}

/** The lower 32 bits of a number as the 8 hexadecimal digits before `end`. */
function writeHex(bytes: Uint8Array, end: number, value: number): void {
  let rest = value >>> 0
  for (let at = end - 1; at >= end - 8; at--) {
    const digit = rest & 15
    bytes[at] = digit < 10 ? 0x30 + digit : 0x57 + digit
    rest >>>= 4
  }
}

function withRoom(bytes: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= bytes.length) return bytes
  const larger = new Uint8Array(Math.max(needed, bytes.length * 2))
  larger.set(bytes)
  return larger
}

function timesOf(rows: EventRows, runs: readonly Run[]): { times: BigInt64Array; receivedAts: BigInt64Array } {
  const times = new BigInt64Array(rows.event.length)
  const receivedAts = new BigInt64Array(rows.event.length)
  for (const { source, start, end } of runs) {
    const { batch } = source
    const received = microseconds(batch.receivedAt)
    receivedAts.fill(received, start, end)
    times.fill(received, start, end)
    if (batch.times || batch.resent) timesOneByOne(batch, rows.event, { start, end, times, receivedAts })
  }
  return { times, receivedAts }
}

function timesOneByOne(
  batch: EventBatch,
  events: Uint32Array,
  { start, end, times, receivedAts }: { start: number; end: number; times: BigInt64Array; receivedAts: BigInt64Array },
): void {
  for (let row = start; row < end; row++) {
    const event = events[row]!
    const resent = batch.resent?.[event]
    if (resent) receivedAts[row] = microseconds(resent.receivedAt)
    const time = batch.times?.[event] ?? resent?.receivedAt
    if (time !== undefined) times[row] = microseconds(time)
  }
}

function microseconds(ms: number): bigint {
  return BigInt(ms) * 1_000n
}

/** Each text as many times as it is counted, one after the other. */
function repeated(texts: readonly { text: string; count: number }[], rowCount: number): TextValues {
  const encoded = texts.map(({ text, count }) => ({ text: utf8.encode(text), count }))
  const offsets = new Uint32Array(rowCount + 1)
  const bytes = new Uint8Array(encoded.reduce((sum, { text, count }) => sum + text.length * count, 0))
  let [row, length] = [0, 0]
  for (const { text, count } of encoded) {
    fill(bytes, text, length, count)
    countUp(offsets, { row, count, length, by: text.length })
    row += count
    length += text.length * count
  }
  return { offsets, bytes }
}

/** With a text so many times, from a place on. */
function fill(bytes: Uint8Array, text: Uint8Array, start: number, count: number): void {
  if (count === 0) return
  bytes.set(text, start)
  const end = start + text.length * count
  for (let filled = text.length; filled > 0 && start + filled < end; filled *= 2) {
    bytes.copyWithin(start + filled, start, Math.min(start + filled, end - filled))
  }
}

/** The offsets of texts of one length. */
function countUp(
  offsets: Uint32Array,
  { row, count, length, by }: { row: number; count: number; length: number; by: number },
): void {
  for (let index = 1; index <= count; index++) offsets[row + index] = length + index * by
}

const idChars = 36
const utf8 = new TextEncoder()
