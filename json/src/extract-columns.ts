/** Columns while they are filled: what both extractors make of a leaf before they hand it out. */
import type { ExtractedColumn, LeafType } from './extraction.ts'

export type FixedValues = Uint8Array | BigInt64Array | Float64Array | Int32Array

/** Zeroed values of a type of fixed width; undefined where values are text or are not kept at all. */
export function newFixedValues(type: LeafType, rowCount: number): FixedValues | undefined {
  switch (type) {
    case 'BOOLEAN':
      return new Uint8Array(rowCount)
    case 'BIGINT':
    case 'TIMESTAMP':
      return new BigInt64Array(rowCount)
    case 'DOUBLE':
      return new Float64Array(rowCount)
    case 'DATE':
      return new Int32Array(rowCount)
    default:
      return undefined
  }
}

export function newValidity(rowCount: number): Uint8Array {
  return new Uint8Array((rowCount + 7) >> 3)
}

/** What a leaf that is not kept gets. */
export const emptyColumn: ExtractedColumn = { valid: new Uint8Array(0), values: new Uint8Array(0) }

/** Bytes that grow at their end, by half at a time. */
export class ByteHeap {
  length = 0
  #bytes: Uint8Array

  constructor(capacity: number) {
    this.#bytes = unwritten(capacity)
  }

  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length
    if (end > this.#bytes.length) this.#grow(end)
    this.#bytes.set(bytes, this.length)
    this.length = end
  }

  /** All that was appended; the room behind it is given back where it is large. */
  bytes(): Uint8Array {
    const isWasteful = this.#bytes.length > this.length * 1.5
    return isWasteful ? this.#bytes.slice(0, this.length) : this.#bytes.subarray(0, this.length)
  }

  #grow(needed: number): void {
    const grown = unwritten(Math.max(needed, Math.ceil(this.#bytes.length * 1.5)))
    grown.set(this.#bytes.subarray(0, this.length))
    this.#bytes = grown
  }
}

/** Memory that is not cleared before it is written. */
function unwritten(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
}
