/** Values of a mapping's columns, counted by their validity bits: cheap enough for every batch. */
import type { ExtractedColumn } from '@millrace/json/extraction'
import type { Mapping } from './mapping.ts'

export interface FieldCount {
  readonly count: number
  readonly firstSeenAt: number
  readonly lastSeenAt: number
}

export class FieldCounts {
  readonly mapping: Mapping
  readonly #counts: Float64Array
  readonly #firstSeenAt: Float64Array
  readonly #lastSeenAt: Float64Array

  constructor(mapping: Mapping) {
    this.mapping = mapping
    this.#counts = new Float64Array(mapping.fields.length)
    this.#firstSeenAt = new Float64Array(mapping.fields.length)
    this.#lastSeenAt = new Float64Array(mapping.fields.length)
  }

  /** The columns of one extraction: the mapping's fields come first. */
  add(columns: readonly ExtractedColumn[], seenAt: number): void {
    for (let place = 0; place < this.#counts.length; place++) {
      const count = bitCount(columns[place]!.valid)
      if (count === 0) continue
      this.#counts[place]! += count
      this.#firstSeenAt[place] ||= seenAt
      this.#lastSeenAt[place] = seenAt
    }
  }

  /** What was counted since it was last taken. */
  take(place: number): FieldCount {
    const taken = {
      count: this.#counts[place]!,
      firstSeenAt: this.#firstSeenAt[place]!,
      lastSeenAt: this.#lastSeenAt[place]!,
    }
    this.#counts[place] = 0
    this.#firstSeenAt[place] = 0
    return taken
  }
}

/** How many bits are 1. */
export function bitCount(bytes: Uint8Array): number {
  let count = 0
  const wordsEnd = bytes.byteOffset % 4 === 0 ? bytes.length & ~3 : 0
  const words = new Uint32Array(bytes.buffer, wordsEnd === 0 ? 0 : bytes.byteOffset, wordsEnd >> 2)
  for (let place = 0; place < words.length; place++) {
    let word = words[place]!
    word -= (word >>> 1) & 0x5555_5555
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333)
    count += Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
  }
  for (let place = wordsEnd; place < bytes.length; place++) count += bitsOf[bytes[place]!]!
  return count
}

const bitsOf = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)
