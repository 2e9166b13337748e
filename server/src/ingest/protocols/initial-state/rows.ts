/**
 * Values of series as rows: `{"key", "value", "epoch"}` becomes `{"key", "value", "value_type", "epoch"}`, by the bytes.
 *
 *   value        text, number or boolean as it came; anything else as JSON in a text, its type being `json`
 *   value_type   `string`, `number`, `boolean` or `json`: what `value` was, whatever type its column has come to
 *   epoch        seconds since 1970 UTC, always written with a point or an exponent, so that the column is one of doubles
 */
import { openMemberFinder } from '@millrace/json/members'
import { openSeriesWriter } from '@millrace/json/series'
import { decodeString } from '@millrace/json/walk'
import type { EventFault } from '../../../batch.ts'
import type { DecodedEvents } from '../../protocol.ts'
import type { PythonEvents } from '../../python-json.ts'
import { firstTime, isNumber, lastTime, msOf, plainSeconds, secondsOf } from './epoch.ts'

/**
 * The rows of what a scan found; faulty ones are kept as they came. `now` is ms since 1970 UTC, for values without an epoch. `writer`:
 * null to do without it.
 */
export function readRows(events: PythonEvents, now: number, writer = seriesWriter): Omit<DecodedEvents, 'types'> {
  const { starts, ends, payload, faults, notes } = events
  const plain = faults.length === 0 ? writer?.write(payload, starts, ends) : undefined
  if (plain !== undefined) {
    const { rows, ends, times } = plain
    const rowStarts = new Uint32Array(ends.length)
    rowStarts.set(ends.subarray(0, -1), 1)
    return { times, starts: rowStarts, ends, payload: rows, ...(notes.length === 0 ? {} : { notes }) }
  }
  const body = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const rows = new RowWriter(body, starts, ends, now)
  const faulty = new Map(faults.map((fault) => [fault.index, fault]))
  const isProved = (_: number, index: number) => !faulty.has(index)
  rows.places =
    faulty.size === 0
      ? finder.find(body, starts, ends)
      : finder.find(body, starts.filter(isProved), ends.filter(isProved))
  for (let index = 0; index < starts.length; index++) {
    const fault = faulty.size === 0 ? undefined : faulty.get(index)
    if (fault === undefined) rows.write(index)
    else rows.setAside(fault)
  }
  return { ...rows.events(), ...(notes.length === 0 ? {} : { notes }) }
}

const finder = openMemberFinder(['key', 'signal', 'value', 'epoch'])
const [KEY, SIGNAL, VALUE, EPOCH] = [0, 2, 4, 6]
const placesPerRow = 8

class RowWriter {
  /** Of the members of every proved record, a start and an end each; both 0 where it has none. */
  places: Uint32Array = new Uint32Array()
  #place = 0
  readonly #body: Buffer
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  readonly #now: number
  readonly #rowStarts: Uint32Array
  readonly #rowEnds: Uint32Array
  readonly #times: number[]
  readonly #faults: EventFault[] = []
  #out: Buffer
  #at = 0
  /** Bytes of `#out` that nothing is to be copied to from the body. */
  #spare = 0

  constructor(body: Buffer, starts: Uint32Array, ends: Uint32Array, now: number) {
    const count = starts.length
    this.#body = body
    this.#starts = starts
    this.#ends = ends
    this.#now = now
    this.#rowStarts = new Uint32Array(count)
    this.#rowEnds = new Uint32Array(count)
    this.#times = new Array<number>(count).fill(now)
    this.#out = Buffer.allocUnsafeSlow(body.length + count * addedBytesMax)
  }

  events(): Omit<DecodedEvents, 'types'> {
    return {
      times: this.#times,
      ...(this.#faults.length === 0 ? {} : { faults: this.#faults }),
      starts: this.#rowStarts,
      ends: this.#rowEnds,
      payload: this.#out.subarray(0, this.#at),
    }
  }

  setAside(fault: EventFault): void {
    const { index } = fault
    this.#faults.push(fault)
    this.#rowStarts[index] = this.#at
    this.#copy(this.#starts[index]!, this.#ends[index]!)
    this.#rowEnds[index] = this.#at
  }

  /** The next proved record, which is number `index` of all. */
  write(index: number): void {
    const start = this.#at
    const reason = this.#writeRow(index)
    this.#place += placesPerRow
    if (reason === undefined) {
      this.#rowStarts[index] = start
      this.#rowEnds[index] = this.#at
    } else {
      this.#at = start
      this.setAside({ index, ...reason })
    }
  }

  #writeRow(index: number): Reason | undefined {
    if (this.#writePlainRow(index)) return undefined
    this.#add(beforeKey)
    const reason = this.#writeKey() ?? this.#writeValue()
    if (reason !== undefined) return reason
    this.#add(beforeEpoch)
    if (!this.#writeEpoch(index)) return noTime
    this.#out[this.#at++] = CLOSE_BRACE
    return undefined
  }

  /** A record that is its row but for the type of the value: so nearly all are. It gets the type as its last member. */
  #writePlainRow(index: number): boolean {
    const [keyStart, keyEnd] = [this.#start(KEY), this.#end(KEY)]
    const [valueStart, valueEnd] = [this.#start(VALUE), this.#end(VALUE)]
    const [epochStart, epochEnd] = [this.#start(EPOCH), this.#end(EPOCH)]
    const [start, end] = [this.#starts[index]!, this.#ends[index]!]
    const aroundValues = end - start - (keyEnd - keyStart) - (valueEnd - valueStart) - (epochEnd - epochStart)
    if (aroundValues !== compactBytes && aroundValues !== spacedBytes) return false
    if (keyEnd === 0 || valueEnd === 0 || this.#body[keyStart] !== QUOTE || keyEnd - keyStart > keyCharsMax)
      return false
    const type = scalarTypes[this.#body[valueStart]!]
    const seconds = plainSeconds(this.#body, epochStart, epochEnd)
    if (type === undefined || seconds === undefined || seconds >= lastTime / 1e3) return false
    this.#times[index] = msOf(seconds)
    this.#copy(start, end - 1)
    this.#add(type)
    this.#out[this.#at++] = CLOSE_BRACE
    return true
  }

  #writeKey(): Reason | undefined {
    const member = this.#end(KEY) === 0 ? SIGNAL : KEY
    const [start, end] = [this.#start(member), this.#end(member)]
    if (end === 0) return noKey
    const isText = this.#body[start] === QUOTE
    if (!isText && !isNumber(this.#body[start]!)) return noKey
    if (end - start > keyCharsMax && decodeString(this.#body, start, end).length > keyCharsMax) return longKey
    if (!isText) this.#out[this.#at++] = QUOTE
    this.#copy(start, end)
    if (!isText) this.#out[this.#at++] = QUOTE
    return undefined
  }

  #writeValue(): Reason | undefined {
    const [start, end] = [this.#start(VALUE), this.#end(VALUE)]
    if (end === 0) return noValue
    const first = this.#body[start]!
    this.#add(beforeValue)
    const type = scalarTypes[first]
    if (type === undefined) this.#insert(Buffer.from(JSON.stringify(this.#body.toString('utf8', start, end))))
    else this.#copy(start, end)
    this.#add(type ?? ofJson)
    return undefined
  }

  #writeEpoch(index: number): boolean {
    const [start, end] = [this.#start(EPOCH), this.#end(EPOCH)]
    const plain = plainSeconds(this.#body, start, end)
    const seconds = plain ?? (end === 0 ? this.#now / 1000 : secondsOf(this.#body.subarray(start, end)))
    const time = msOf(seconds)
    if (!(time >= firstTime && time <= lastTime)) return false
    this.#times[index] = time
    if (plain !== undefined) this.#copy(start, end)
    else {
      const text = String(seconds)
      this.#at += this.#out.write(/^-?\d+$/.test(text) ? `${text}.0` : text, this.#at, 'latin1')
    }
    return true
  }

  /** What may be longer than it was in the body. */
  #insert(bytes: Buffer): void {
    if (bytes.length > this.#spare) {
      const more = Math.max(bytes.length, this.#out.length)
      const out = Buffer.allocUnsafeSlow(this.#out.length + more)
      this.#out.copy(out, 0, 0, this.#at)
      this.#out = out
      this.#spare += more
    }
    this.#at += bytes.copy(this.#out, this.#at)
    this.#spare -= bytes.length
  }

  #copy(start: number, end: number): void {
    if (end - start > longBytes) {
      this.#at += this.#body.copy(this.#out, this.#at, start, end)
      return
    }
    const [body, out] = [this.#body, this.#out]
    let at = this.#at
    for (let from = start; from < end; from++) out[at++] = body[from]!
    this.#at = at
  }

  #add(bytes: Uint8Array): void {
    const out = this.#out
    let at = this.#at
    for (let from = 0; from < bytes.length; from++) out[at++] = bytes[from]!
    this.#at = at
  }

  #start(member: number): number {
    return this.places[this.#place + member]!
  }

  #end(member: number): number {
    return this.places[this.#place + member + 1]!
  }
}

type Reason = Pick<EventFault, 'code' | 'message'>

const QUOTE = 0x22
const LOWER_F = 0x66
const LOWER_T = 0x74
const CLOSE_BRACE = 0x7d

const keyCharsMax = 250

const beforeKey = Buffer.from('{"key":')
const beforeValue = Buffer.from(',"value":')
const beforeEpoch = Buffer.from(',"epoch":')
const typeMember = (type: string) => `,"value_type":"${type}"`
const [ofString, ofNumber, ofBoolean, ofJson] = ['string', 'number', 'boolean', 'json'].map((type) =>
  Buffer.from(typeMember(type)),
) as [Buffer, Buffer, Buffer, Buffer]

/** Null where this machine has none. */
const seriesWriter = openSeriesWriter({
  members: ['key', 'value', 'epoch'],
  nameBytesMax: keyCharsMax,
  secondsEnd: lastTime / 1e3,
  endings: {
    text: `${typeMember('string')}}`,
    number: `${typeMember('number')}}`,
    boolean: `${typeMember('boolean')}}`,
  },
})

/** The type of a value that is no JSON in a text, by its first byte. */
const scalarTypes: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE) return ofString
  if (byte === LOWER_T || byte === LOWER_F) return ofBoolean
  return isNumber(byte) ? ofNumber : undefined
})

/** What a record of the three members has around their values: `{"key":,"value":,"epoch":}`, or the same as Python spaces it. */
const compactBytes = 26
const spacedBytes = 31

/** What a row is longer than the record it is made of: names, a type, and an epoch where there was none. */
const addedBytesMax = 128
/** Bytes from which on a call costs less than a loop. */
const longBytes = 48

const noKey: Reason = { code: 'invalid_request', message: '"key" is missing or no text: every value is of a series' }
const longKey: Reason = { code: 'value_too_large', message: `"key" has more than ${keyCharsMax} characters` }
const noValue: Reason = { code: 'invalid_request', message: '"value" is missing' }
const noTime: Reason = {
  code: 'invalid_event_time',
  message: '"epoch" has to be a number: seconds since 1970, within the years 1 to 9999',
}
