/**
 * Lines of JSON written straight into bytes: rows of a database become events without an object in between. A line is one JSON object
 * with its line break; the bytes of a page lie in one buffer, which its lines are parts of.
 */

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const space = 0x20
/** The longest escape: `\u001f`. */
const escapeBytesMax = 6
const bufferBytes = 1024 * 1024
const nullBytes = Buffer.from('null')
const lineEnd = Buffer.from('}\n')
const emptyLine = Buffer.from('{}\n')
/** What follows the backslash of a control character; 0 where it needs its number. */
const shortEscapes = Uint8Array.from({ length: 0x20 }, (_, byte) => '\b\t\n\f\r'.indexOf(String.fromCharCode(byte)) + 1)
const shortLetters = Buffer.from(' btnfr')
const hexDigits = Buffer.from('0123456789abcdef')

/** What stands before a value: `{"name":` or `,"name":`. */
export function prefixesOf(names: readonly string[]): Buffer[] {
  return names.map((name, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`))
}

export class JsonLines {
  /** Bytes are written from `at` on, after `reserve` of as many. */
  bytes: Buffer = Buffer.allocUnsafe(bufferBytes)
  at = 0
  #start = 0

  /** Begins a line, over the one that was begun and not ended. */
  begin(): void {
    this.at = this.#start
  }

  /** Ends it. What it gives stays as it is. */
  end(): Buffer {
    this.raw(this.at === this.#start ? emptyLine : lineEnd)
    const line = this.bytes.subarray(this.#start, this.at)
    this.#start = this.at
    return line
  }

  /** Makes room: `bytes` may be others afterwards. */
  reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const begun = this.bytes.subarray(this.#start, this.at)
    const bytes = Buffer.allocUnsafe(Math.max(bufferBytes, 2 * (begun.length + more)))
    begun.copy(bytes)
    this.bytes = bytes
    this.at = begun.length
    this.#start = 0
  }

  /** A few bytes as they are. */
  raw(from: Uint8Array, start = 0, end = from.length): void {
    this.reserve(end - start)
    const { bytes } = this
    let { at } = this
    for (let index = start; index < end; index++) bytes[at++] = from[index]!
    this.at = at
  }

  null(): void {
    this.raw(nullBytes)
  }

  /** UTF-8 as a JSON string. */
  text(from: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * escapeBytesMax + 2)
    const { bytes } = this
    let { at } = this
    bytes[at++] = quote
    for (let index = start; index < end; index++) {
      const byte = from[index]!
      if (byte >= space && byte !== quote && byte !== backslash) {
        bytes[at++] = byte
        continue
      }
      bytes[at++] = backslash
      if (byte === quote || byte === backslash) bytes[at++] = byte
      else if (shortEscapes[byte] !== 0) bytes[at++] = shortLetters[shortEscapes[byte]!]!
      else at = writeUnicode(bytes, at, byte)
    }
    bytes[at++] = quote
    this.at = at
  }

  /** ASCII without anything to escape, as a JSON string. */
  plain(text: string): void {
    this.reserve(text.length + 2)
    this.bytes[this.at++] = quote
    this.at += this.bytes.write(text, this.at, 'latin1')
    this.bytes[this.at++] = quote
  }

  /** Any text as a JSON string. */
  string(text: string): void {
    const bytes = Buffer.from(text.toWellFormed())
    this.text(bytes, 0, bytes.length)
  }

  /** JSON that is such already, its line breaks as spaces. */
  json(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    const { bytes } = this
    let { at } = this
    for (let index = start; index < end; index++) {
      const byte = from[index]!
      bytes[at++] = byte < space ? space : byte
    }
    this.at = at
  }

  comma(): void {
    this.reserve(1)
    this.bytes[this.at++] = comma
  }
}

function writeUnicode(bytes: Buffer, at: number, byte: number): number {
  bytes[at] = 0x75
  bytes[at + 1] = bytes[at + 2] = 0x30
  bytes[at + 3] = hexDigits[byte >> 4]!
  bytes[at + 4] = hexDigits[byte & 15]!
  return at + 5
}
