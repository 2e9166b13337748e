/**
 * JSON over any number of lines: the elements of one array, or objects one behind the other. The file is never held
 * whole: a scanner finds where each value ends, by depth and quotes alone, and `JSON.parse` judges the value.
 */
import { isUtf8 } from 'node:buffer'
import { type Row, rowBytesMax, rowOfJson, tooLargeFault } from './rows.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const lineFeed = 0x0a
const openArray = 0x5b
const closeArray = 0x5d
const openObject = 0x7b
const closeObject = 0x7d

export async function* readJsonValues(chunks: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  const scanner = new ValueScanner()
  for await (const chunk of chunks) yield* scanner.scan(chunk)
  yield* scanner.end()
}

class ValueScanner {
  #line = 1
  /** Whether the values are elements of an array around them all; undefined until the first byte that says so. */
  #inArray: boolean | undefined
  #isPastArray = false
  #depth = 0
  #inString = false
  #isEscaped = false
  /** The value that is being read: where it started, and its bytes so far. */
  #startLine = 0
  #pieces: Buffer[] = []
  #byteCount = 0;

  *scan(chunk: Buffer): Generator<Row> {
    let start = this.#startLine === 0 ? -1 : 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === lineFeed) this.#line++
      if (this.#inString) {
        this.#passString(byte)
        continue
      }
      if (this.#startLine === 0) {
        if (!this.#opens(byte)) continue
        this.#startLine = this.#line
        start = at
      } else if (this.#depth === 0 && this.#endsBare(byte)) {
        yield this.#take(chunk.subarray(start, at))
        if (!this.#opens(byte)) continue
        this.#startLine = this.#line
        start = at
      }
      this.#passToken(byte)
      if (this.#depth === 0 && (byte === closeObject || byte === closeArray)) {
        yield this.#take(chunk.subarray(start, at + 1))
      }
    }
    if (this.#startLine !== 0) this.#keep(chunk.subarray(start))
  }

  *end(): Generator<Row> {
    if (this.#startLine !== 0) yield this.#take(Buffer.alloc(0))
    else if (this.#inArray && !this.#isPastArray)
      yield { line: this.#line, fault: 'the array is not closed: the file seems cut short' }
  }

  /** Whether a byte between values starts one. */
  #opens(byte: number): boolean {
    if (isBlank(byte)) return false
    if (this.#inArray === undefined) {
      if (isMark(byte)) return false
      this.#inArray = byte === openArray
      return !this.#inArray
    }
    if (!this.#inArray || this.#isPastArray) return true
    if (byte === closeArray) this.#isPastArray = true
    return byte !== comma && byte !== closeArray
  }

  /** A number, a word or rubbish ends where something else can start. */
  #endsBare(byte: number): boolean {
    return isBlank(byte) || byte === comma || byte === closeArray || byte === openObject || byte === openArray
  }

  #passString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === backslash) this.#isEscaped = true
    else if (byte === quote) this.#inString = false
  }

  #passToken(byte: number): void {
    if (byte === quote) this.#inString = true
    else if (byte === openObject || byte === openArray) this.#depth++
    else if ((byte === closeObject || byte === closeArray) && this.#depth > 0) this.#depth--
  }

  #keep(piece: Buffer): void {
    this.#byteCount += piece.length
    if (this.#byteCount > rowBytesMax) this.#pieces = []
    else this.#pieces.push(piece)
  }

  #take(piece: Buffer): Row {
    this.#keep(piece)
    const line = this.#startLine
    const bytes = Buffer.concat(this.#pieces)
    const isTooLarge = this.#byteCount > rowBytesMax
    this.#startLine = 0
    this.#pieces = []
    this.#byteCount = 0
    this.#depth = 0
    this.#inString = false
    if (isTooLarge) return { line, fault: tooLargeFault }
    return isUtf8(bytes) ? rowOfJson(line, bytes.toString()) : { line, fault: 'not UTF-8' }
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** The bytes of a byte order mark. */
function isMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf
}
