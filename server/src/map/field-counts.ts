/** Values of a mapping's columns, counted by their validity bits: cheap enough for every batch. */
import type { FittedRows } from './fit-rows.ts'
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

  /** `valueCounts` are those of each field in some events. */
  add(valueCounts: Float64Array, seenAt: number): void {
    for (let place = 0; place < this.#counts.length; place++) {
      const count = valueCounts[place]!
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

/** How many values the first columns have in all the rows. */
export function countValues(parts: readonly FittedRows[], columnCount: number): Float64Array {
  const counts = new Float64Array(columnCount)
  for (const { extraction } of parts) {
    const { columns } = extraction
    for (let place = 0; place < columnCount; place++) counts[place]! += bitCount(columns[place]!.valid)
  }
  return counts
}

/** How many bits are 1. */
export function bitCount(bytes: Uint8Array): number {
  const canTakeWords = bytes.length >= viewPaysFrom && bytes.byteOffset % 4 === 0
  const wordsEnd = canTakeWords ? bytes.length & ~3 : 0
  let count = canTakeWords ? bitCountOfWords(new Uint32Array(bytes.buffer, bytes.byteOffset, wordsEnd >> 2)) : 0
  for (let place = wordsEnd; place < bytes.length; place++) count += bitsOf[bytes[place]!]!
  return count
}

/** Bytes from which on it takes less time to look at four of them at once, though that takes a view. */
const viewPaysFrom = 128

function bitCountOfWords(words: Uint32Array): number {
  let count = 0
  for (let place = 0; place < words.length; place++) {
    let word = words[place]!
    word -= (word >>> 1) & 0x5555_5555
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333)
    count += Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
  }
  return count
}

const bitsOf = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)
