/**
 * Looks through a structure of Thrift's compact protocol before the library reads it: that makes arrays as long as lists say they are,
 * and calls itself as deep as structures lie in each other, so that some bytes of a damaged file could take all memory.
 */

/** Deeper than any of Parquet's. */
const depthMax = 16
const varintBytesMax = 10
const [byteType, doubleType, binaryType, listType, structType] = [3, 7, 8, 9, 12]

/** What is there ends before the structure does. */
class CutShort extends Error {}

/**
 * Where the structure ends that begins at `from`; undefined where the bytes end before.
 * @throws Error: it is none, or has more than `valuesMax` values.
 */
export function endOfStruct(bytes: Uint8Array, from: number, valuesMax = 100_000): number | undefined {
  const walk = new Walk(bytes, from, valuesMax)
  try {
    walk.struct(0)
    return walk.at
  } catch (error) {
    if (error instanceof CutShort) return undefined
    throw error
  }
}

class Walk {
  at: number
  readonly #bytes: Uint8Array
  #valuesLeft: number

  constructor(bytes: Uint8Array, from: number, valuesMax: number) {
    this.#bytes = bytes
    this.at = from
    this.#valuesLeft = valuesMax
  }

  struct(depth: number): void {
    if (depth > depthMax) throw new Error('structures in it lie in each other too deep')
    for (;;) {
      const head = this.#byte()
      const type = head & 0x0f
      if (type === 0) return
      if (head >> 4 === 0) this.#varint()
      this.#count()
      // A field that is true or false is nothing but its head.
      if (type > 2) this.#value(type, depth)
    }
  }

  #value(type: number, depth: number): void {
    if (type === structType) this.struct(depth + 1)
    else if (type === listType) this.#list(depth + 1)
    else if (type === binaryType) this.#pass(this.#varint())
    else if (type === doubleType) this.#pass(8)
    else if (type <= byteType) this.#pass(1)
    else if (type < doubleType) this.#varint()
    else throw new Error(`values of type ${type} are none of Parquet`)
  }

  #list(depth: number): void {
    if (depth > depthMax) throw new Error('lists in it lie in each other too deep')
    const head = this.#byte()
    const count = head >> 4 === 15 ? this.#varint() : head >> 4
    if (count > this.#bytes.length - this.at) throw new CutShort() // none takes less than a byte
    for (let index = 0; index < count; index++) {
      this.#count()
      this.#value(head & 0x0f, depth)
    }
  }

  #count(): void {
    if (--this.#valuesLeft < 0) throw new Error('it has more in it than can be read')
  }

  #varint(): number {
    let value = 0
    for (let place = 0; place < varintBytesMax; place++) {
      const byte = this.#byte()
      value += (byte & 0x7f) * 2 ** (7 * place)
      if (byte < 0x80) return value
    }
    throw new Error('a number in it is longer than can be')
  }

  #byte(): number {
    const byte = this.#bytes[this.at]
    if (byte === undefined) throw new CutShort()
    this.at++
    return byte
  }

  #pass(count: number): void {
    if (count > this.#bytes.length - this.at) throw new CutShort()
    this.at += count
  }
}
