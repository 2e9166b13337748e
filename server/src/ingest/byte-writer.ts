/** Bytes written one piece after the other, for payloads that a wire format forces to be built anew. */
export class ByteWriter {
  #out: Buffer
  #at = 0

  /** `bytesGuess` is what it will about come to; more is made room for. */
  constructor(bytesGuess: number) {
    this.#out = Buffer.allocUnsafeSlow(Math.max(bytesGuess, 64))
  }

  get length(): number {
    return this.#at
  }

  /** The byte written last. */
  get last(): number | undefined {
    return this.#out[this.#at - 1]
  }

  add(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length)
  }

  byte(byte: number): void {
    this.#reserve(1)
    this.#out[this.#at++] = byte
  }

  copy(from: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.#reserve(length)
    if (length > longBytes) this.#out.set(from.subarray(start, end), this.#at)
    else for (let offset = 0; offset < length; offset++) this.#out[this.#at + offset] = from[start + offset]!
    this.#at += length
  }

  /** All that was written, not copied: nothing may be written after. */
  finish(): Buffer {
    return this.#out.subarray(0, this.#at)
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return
    const out = Buffer.allocUnsafeSlow(Math.max(this.#out.length * 2, this.#at + bytes))
    this.#out.copy(out, 0, 0, this.#at)
    this.#out = out
  }
}

/** Bytes from which on a call costs less than a loop. */
const longBytes = 48
