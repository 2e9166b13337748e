/**
 * What is remembered of an event: 96 bits of a seeded hash of its input and id, and the CRC-32 of its type and data. The seed is random for each
 * workspace, so that nobody can choose ids that collide with another's.
 *
 * The hash is MurmurHash3 (x86, 128 bits) over UTF-16 units, two in a word, its last word left out.
 */
import { crc32 } from 'node:zlib'
import type { EventBatch } from '../../batch.ts'

/** Words of a fingerprint: three of the id, one of type and data. */
const fingerprintWords = 4

type Fingerprinted = Pick<EventBatch, 'types' | 'typeIndex' | 'ids' | 'faults' | 'starts' | 'ends' | 'payload'>

export interface Fingerprints {
  /** Events that have an id of their sender's, by their places in the batch; those left out that could not be read. */
  readonly places: readonly number[]
  /** {@link fingerprintWords} for each of them. */
  readonly words: Uint32Array
}

export function fingerprintsOf(seed: Uint32Array, inputId: string, events: Fingerprinted): Fingerprints {
  const { types, typeIndex, ids, starts, ends, payload } = events
  const places = placesOf(events)
  const words = new Uint32Array(fingerprintWords * places.length)
  const typeSums = places.length === 0 ? [] : types.map((type) => crc32(type))
  for (const [index, place] of places.entries()) {
    const into = words.subarray(fingerprintWords * index)
    hashInto(seed, `${inputId} ${ids![place]}`, into)
    into[3] = crc32(payload.subarray(starts[place], ends[place]), typeSums[typeIndex?.[place] ?? 0])
  }
  return { places, words }
}

function placesOf({ ids, faults = [] }: Fingerprinted): number[] {
  if (ids === undefined) return []
  const faulty = new Set(faults.map(({ index }) => index))
  return ids.flatMap((id, index) => (id === null || faulty.has(index) ? [] : [index]))
}

const [c1, c2, c3, c4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const

function hashInto(seed: Uint32Array, text: string, into: Uint32Array): void {
  let [h1, h2, h3, h4] = [seed[0]!, seed[1]!, seed[2]!, seed[3]!]
  const word = (at: number) => text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16) // what lies past the end is NaN, and counts as 0
  for (let at = 0; at < text.length; at += 8) {
    h1 ^= Math.imul(rotate(Math.imul(word(at), c1), 15), c2)
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotate(Math.imul(word(at + 2), c2), 16), c3)
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotate(Math.imul(word(at + 4), c3), 17), c4)
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotate(Math.imul(word(at + 6), c4), 18), c1)
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  h1 ^= text.length
  h2 ^= text.length
  h3 ^= text.length
  h4 ^= text.length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = mixed(h1)
  h2 = mixed(h2)
  h3 = mixed(h3)
  h4 = mixed(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  into[0] = h1
  into[1] = h2 + h1
  into[2] = h3 + h1
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
