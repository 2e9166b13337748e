/**
 * What is remembered of an event: 96 bits of a hash of its input and id, and the CRC-32 of its type and data. The seed is random for
 * each workspace. Whoever wants to can make two ids of one input collide; such an event is kept aside, as one with another's id.
 *
 * The hash is MurmurHash3 (x86, 128 bits) over UTF-16 units, two in a word, its last word left out; the input's hash is the seed of its
 * ids'.
 */
import { crc32 } from '@node-rs/crc32'
import type { EventBatch } from '../../batch.ts'

/** Words of a fingerprint: three of the id, one of type and data. */
export const fingerprintWords = 4

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
  if (places.length === 0) return { places, words }
  const typeSums = types.map((type) => crc32(type))
  const ownSeed = new Uint32Array(fingerprintWords)
  hashInto(seed, unitsOf(inputId), 0, inputId.length, ownSeed, 0)
  const units = unitsOf((places.length === ids!.length ? ids! : places.map((place) => ids![place]!)).join(''))
  let unit = 0
  for (let index = 0; index < places.length; index++) {
    const place = places[index]!
    const at = fingerprintWords * index
    const end = unit + ids![place]!.length
    hashInto(ownSeed, units, unit, end, words, at)
    unit = end
    words[at + 3] = crc32(payload.subarray(starts[place], ends[place]), typeSums[typeIndex?.[place] ?? 0])
  }
  return { places, words }
}

function placesOf({ ids, faults }: Fingerprinted): number[] {
  const places: number[] = []
  if (ids === undefined) return places
  const faulty = faults && new Set(faults.map(({ index }) => index))
  for (let place = 0; place < ids.length; place++) {
    if (ids[place] !== null && !faulty?.has(place)) places.push(place)
  }
  return places
}

const [c1, c2, c3, c4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const

/** Texts in a row are had as units at once: asking for one unit of one text after the other takes several times as long. */
function unitsOf(text: string): Uint16Array {
  const bytes = Buffer.from(text, 'utf16le')
  return bytes.byteOffset % 2 === 0
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, text.length)
    : new Uint16Array(new Uint8Array(bytes).buffer)
}

/** Writes four words, of which the last is nobody's, for units `start` to `end`. */
function hashInto(
  seed: Uint32Array,
  units: Uint16Array,
  start: number,
  end: number,
  into: Uint32Array,
  at: number,
): void {
  let h1 = seed[0]! | 0
  let h2 = seed[1]! | 0
  let h3 = seed[2]! | 0
  let h4 = seed[3]! | 0
  const length = end - start
  for (let unit = start; unit < end; unit += 8) {
    h1 ^= Math.imul(rotate(Math.imul(wordAt(units, unit, end), c1), 15), c2)
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotate(Math.imul(wordAt(units, unit + 2, end), c2), 16), c3)
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotate(Math.imul(wordAt(units, unit + 4, end), c3), 17), c4)
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotate(Math.imul(wordAt(units, unit + 6, end), c4), 18), c1)
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = mixed(h1)
  h2 = mixed(h2)
  h3 = mixed(h3)
  h4 = mixed(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  into[at] = h1
  into[at + 1] = (h2 + h1) | 0
  into[at + 2] = (h3 + h1) | 0
  into[at + 3] = (h4 + h1) | 0
}

/** Two units of UTF-16; what lies past the end is 0. */
function wordAt(units: Uint16Array, unit: number, end: number): number {
  if (unit + 1 < end) return units[unit]! | (units[unit + 1]! << 16)
  return unit < end ? units[unit]! : 0
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
