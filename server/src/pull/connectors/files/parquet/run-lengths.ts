/**
 * The hybrid of run lengths and bit packing that levels and places in dictionaries are written in (Encodings.md of Apache Parquet, RLE).
 * Runs that say more than there are values are cut: a damaged file takes no longer than a whole one.
 */

/** More do not fit into a word together with those of the byte before. */
const maskedBitsMax = 24

/** Fills `values` from `bytes`, from `at` on. @throws RangeError: there are too few bytes. */
export function readRuns(bytes: Uint8Array, at: number, width: number, values: Uint8Array | Uint32Array): void {
  const valueBytes = (width + 7) >> 3
  let place = at
  let filled = 0
  while (filled < values.length) {
    let head = 0
    for (let shift = 0; ; shift += 7) {
      const byte = byteAt(bytes, place++)
      head += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
      if (shift > 28) throw new RangeError('a run is longer than can be')
    }
    const count = Math.min(Math.floor(head / 2) * (head % 2 === 1 ? 8 : 1), values.length - filled)
    if (head % 2 === 1) {
      if (place + Math.ceil((count * width) / 8) > bytes.length) throw new RangeError('runs end too early')
      const unpackRun = width > maskedBitsMax ? unpackWide : unpack
      unpackRun(bytes, place, width, values.subarray(filled, filled + count))
      place += Math.floor(head / 2) * width
    } else {
      let value = 0
      for (let byte = 0; byte < valueBytes; byte++) value += byteAt(bytes, place++) * 2 ** (8 * byte)
      values.fill(value, filled, filled + count)
    }
    filled += count
    if (count === 0 && place >= bytes.length) throw new RangeError('runs end too early')
  }
}

/** Values of `width` bits, the first in the lowest bits; those of the last byte may be left out where they are nobody's. */
function unpack(bytes: Uint8Array, from: number, width: number, values: Uint8Array | Uint32Array): void {
  const mask = 2 ** width - 1
  let [place, held, bits] = [from, 0, 0]
  for (let index = 0; index < values.length; index++) {
    while (bits < width) {
      held |= bytes[place++]! << bits
      bits += 8
    }
    values[index] = held & mask
    held >>>= width
    bits -= width
  }
}

/** Bit by bit. */
function unpackWide(bytes: Uint8Array, from: number, width: number, values: Uint8Array | Uint32Array): void {
  for (let index = 0; index < values.length; index++) {
    let value = 0
    for (let bit = 0; bit < width; bit++) {
      const place = index * width + bit
      if ((bytes[from + (place >> 3)]! >> (place & 7)) & 1) value += 2 ** bit
    }
    values[index] = value
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('runs end too early')
  return byte
}
