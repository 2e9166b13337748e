/** Values as JSON, one behind the other in one piece of memory, without an object or a string for each. */
import { isUtf8 } from 'node:buffer'
import { type Decimal, decimalValue, digitsBelow } from './decimals.ts'
import { dateOf, timestampOf } from './values.ts'

const [quote, backslash, minus, point, zero] = [0x22, 0x5c, 0x2d, 0x2e, 0x30]
const letterOf: Readonly<Record<number, string>> = { 8: 'b', 9: 't', 10: 'n', 12: 'f', 13: 'r', 34: '"', 92: '\\' }
const nullBytes = Buffer.from('null')
const trueBytes = Buffer.from('true')
const falseBytes = Buffer.from('false')
const utf8 = new TextDecoder()
const hexDigits = Buffer.from('0123456789abcdef')
const dayMs = 86_400_000
const textBytesMax = 16 * 1024 * 1024
/** Days since 1970 of the years 0 to 9999, which have four digits. */
const [firstDay, lastDay] = [-719_528, 2_932_896]

/** Whether a byte stands for itself in a text of JSON, as a character of its own. */
const isItself = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash ? 1 : 0,
)

export class CellBytes {
  bytes: Uint8Array = new Uint8Array(4096)
  length = 0
  #day = Number.NaN
  readonly #dayText = Buffer.alloc(10)

  nothing(): void {
    this.#put(nullBytes)
  }

  boolean(value: boolean): void {
    this.#put(value ? trueBytes : falseBytes)
  }

  /** UTF-8; what is none is read as it can be. @throws Error: it is longer than any event may be. */
  text(source: Uint8Array, start: number, end: number): void {
    if (end - start > textBytesMax) throw new Error(`a text of it is longer than ${textBytesMax} bytes`)
    this.#reserve(6 * (end - start) + 2)
    const { bytes } = this
    const from = this.length
    let at = from
    let isWide = false
    bytes[at++] = quote
    for (let place = start; place < end; place++) {
      const byte = source[place]!
      if (isItself[byte] === 1) bytes[at++] = byte
      else if (byte >= 0x80) {
        bytes[at++] = byte
        isWide = true
      } else at = escaped(bytes, at, byte)
    }
    bytes[at++] = quote
    this.length = at
    if (isWide) this.#proveText(source.subarray(start, end), from)
  }

  /** Writes it anew where the library would not have taken it byte by byte. */
  #proveText(source: Uint8Array, from: number): void {
    const isMarked = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf
    if (!isMarked && isUtf8(source)) return
    this.length = from
    this.#put(Buffer.from(JSON.stringify(utf8.decode(source))))
  }

  number(value: number): void {
    const hundredths = Math.round(value * 100)
    this.#reserve(32)
    if (!Number.isFinite(value)) this.nothing()
    else if (Number.isInteger(value) && Math.abs(value) < digitsBelow) this.#digits(value)
    // Of so few digits there is but one decimal number for each double, so this one is as JavaScript says it.
    else if (hundredths / 100 === value && Math.abs(hundredths) < digitsBelow) this.#hundredths(value, hundredths)
    else this.#ascii(`${value}`)
  }

  #hundredths(value: number, hundredths: number): void {
    const whole = Math.trunc(value)
    if (value < 0 && whole === 0) this.bytes[this.length++] = minus
    this.#digits(whole)
    const rest = Math.abs(hundredths - whole * 100)
    this.bytes[this.length++] = point
    this.bytes[this.length++] = zero + Math.floor(rest / 10)
    if (rest % 10 !== 0) this.bytes[this.length++] = zero + (rest % 10)
  }

  /** 64 bits as two words, the lower one first. */
  integer(low: number, high: number): void {
    const value = high * 2 ** 32 + (low >>> 0)
    this.#reserve(32)
    if (Number.isSafeInteger(value)) this.#digits(value)
    else this.#ascii(`${(BigInt(high) << 32n) | BigInt(low >>> 0)}`)
  }

  decimal(whole: bigint, kind: Decimal): void {
    const value = decimalValue(whole, kind)
    if (typeof value === 'number') this.number(value)
    else this.#ascii(`"${value}"`)
  }

  /** `parts` of a second since 1970 UTC, 1,000 or a million or a thousand million of them; 64 bits as two words. */
  timestamp(low: number, high: number, parts: 1e3 | 1e6 | 1e9): void {
    const value = high * 2 ** 32 + (low >>> 0)
    if (parts === 1e9 || !Number.isSafeInteger(value)) this.#longTimestamp(low, high, parts)
    else if (parts === 1e3) this.#time(value, 0)
    else this.#time(Math.floor(value / 1000), (value - Math.floor(value / 1000) * 1000) * 1000)
  }

  #longTimestamp(low: number, high: number, parts: 1e3 | 1e6 | 1e9): void {
    const value = (BigInt(high) << 32n) | BigInt(low >>> 0)
    const inMs = BigInt(parts / 1e3)
    const rest = ((value % inMs) + inMs) % inMs
    this.#time(Number((value - rest) / inMs), Number(rest) * (1e9 / parts))
  }

  #time(ms: number, restNs: number): void {
    const day = Math.floor(ms / dayMs)
    if (day >= firstDay && day <= lastDay) this.#timeOfDay(day, ms - day * dayMs, restNs)
    else this.json(JSON.stringify(timestampOf(ms, restNs)))
  }

  #timeOfDay(day: number, inDay: number, restNs: number): void {
    this.#reserve(34)
    this.bytes[this.length++] = quote
    this.#dayDigits(day)
    const seconds = Math.floor(inDay / 1000)
    this.#two(0x54 /* T */, Math.floor(seconds / 3600))
    this.#two(0x3a /* : */, Math.floor(seconds / 60) % 60)
    this.#two(0x3a, seconds % 60)
    this.bytes[this.length++] = point
    this.#three(inDay % 1000)
    if (restNs !== 0) {
      this.#three(Math.floor(restNs / 1000))
      if (restNs % 1000 !== 0) this.#three(restNs % 1000)
    }
    this.bytes[this.length++] = 0x5a // Z
    this.bytes[this.length++] = quote
  }

  /** Days since 1970. */
  date(days: number): void {
    this.#reserve(34)
    if (days >= firstDay && days <= lastDay) {
      this.bytes[this.length++] = quote
      this.#dayDigits(days)
      this.bytes[this.length++] = quote
    } else this.json(JSON.stringify(dateOf(days) ?? days))
  }

  /** 16 bytes from there on. */
  uuid(source: Uint8Array, start: number): void {
    this.#reserve(38)
    const { bytes } = this
    let at = this.length
    bytes[at++] = quote
    for (let place = 0; place < 16; place++) {
      if (place === 4 || place === 6 || place === 8 || place === 10) bytes[at++] = minus
      const byte = source[start + place]!
      bytes[at++] = hexDigits[byte >> 4]!
      bytes[at++] = hexDigits[byte & 15]!
    }
    bytes[at++] = quote
    this.length = at
  }

  /** JSON as it is. */
  json(text: string): void {
    this.#put(Buffer.from(text))
  }

  #dayDigits(day: number): void {
    if (day !== this.#day) this.#dayText.write(dateOf(day)!, 'latin1')
    this.#day = day
    for (let place = 0; place < 10; place++) this.bytes[this.length++] = this.#dayText[place]!
  }

  #two(before: number, value: number): void {
    this.bytes[this.length++] = before
    this.bytes[this.length++] = zero + Math.floor(value / 10)
    this.bytes[this.length++] = zero + (value % 10)
  }

  #three(value: number): void {
    this.bytes[this.length++] = zero + Math.floor(value / 100)
    this.bytes[this.length++] = zero + (Math.floor(value / 10) % 10)
    this.bytes[this.length++] = zero + (value % 10)
  }

  /** A whole number. */
  #digits(value: number): void {
    const { bytes } = this
    let rest = value
    if (value < 0) {
      bytes[this.length++] = minus
      rest = -value
    }
    let end = this.length + 1
    for (let bound = 10; rest >= bound; bound *= 10) end++
    for (let at = end - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10)
      bytes[at] = zero + (rest - next * 10)
      rest = next
    }
    this.length = end
  }

  #ascii(text: string): void {
    this.#reserve(text.length)
    for (let place = 0; place < text.length; place++) this.bytes[this.length++] = text.charCodeAt(place)
  }

  #put(piece: Uint8Array): void {
    this.#reserve(piece.length)
    const { bytes } = this
    let at = this.length
    for (let place = 0; place < piece.length; place++) bytes[at++] = piece[place]!
    this.length = at
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.length + more, 2 * this.bytes.length))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}

function escaped(bytes: Uint8Array, at: number, byte: number): number {
  const letter = letterOf[byte]
  const text = letter === undefined ? `u${byte.toString(16).padStart(4, '0')}` : letter
  bytes[at] = backslash
  for (let place = 0; place < text.length; place++) bytes[at + 1 + place] = text.charCodeAt(place)
  return at + 1 + text.length
}
