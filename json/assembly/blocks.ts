/** Blocks of bytes: looked at, copied and thinned out, sixteen or sixty-four at a time. Whole blocks are read and written throughout. */

/** By eight bits: the places of those that are set, eight bytes. */
const shuffles: usize = makeShuffles()

/** Sixteen times each of some bytes: constants that the compiler would otherwise make anew at each use. See `splat`. */
const splats: usize = makeSplats()

/** Sixteen times a byte. */
export function splat(byte: u8): v128 {
  return v128.load(splats + ((<usize>byte) << 4))
}

/** A bit for each of 64 bytes that is all ones. */
export function bits(first: v128, second: v128, third: v128, fourth: v128): u64 {
  return (
    <u64>i8x16.bitmask(first) |
    ((<u64>i8x16.bitmask(second)) << 16) |
    ((<u64>i8x16.bitmask(third)) << 32) |
    ((<u64>i8x16.bitmask(fourth)) << 48)
  )
}

/** A bit for each of 64 bytes that is a control character. */
export function controls(at: usize): u64 {
  const last = splat(0x1f)
  return bits(
    i8x16.le_u(v128.load(at), last),
    i8x16.le_u(v128.load(at, 16), last),
    i8x16.le_u(v128.load(at, 32), last),
    i8x16.le_u(v128.load(at, 48), last),
  )
}

/** Copies what is from `at` to `end` to `to`, and returns where that ends; writes up to 16 bytes more. */
export function copy(at: usize, end: usize, to: usize): usize {
  const copyEnd = to + (end - at)
  v128.store(to, v128.load(at))
  while (end - at > 16) {
    at += 16
    to += 16
    v128.store(to, v128.load(at))
  }
  return copyEnd
}

/** Writes those of 64 bytes whose bits are set, and returns where they end. */
export function keepOfBlock(at: usize, kept: u64, to: usize): usize {
  to = keep(v128.load(at), <u32>(kept & 0xffff), to)
  to = keep(v128.load(at, 16), <u32>((kept >> 16) & 0xffff), to)
  to = keep(v128.load(at, 32), <u32>((kept >> 32) & 0xffff), to)
  return keep(v128.load(at, 48), <u32>(kept >> 48), to)
}

export function copyBlock(at: usize, to: usize): void {
  v128.store(to, v128.load(at))
  v128.store(to, v128.load(at, 16), 16)
  v128.store(to, v128.load(at, 32), 32)
  v128.store(to, v128.load(at, 48), 48)
}

/** Writes those of sixteen bytes whose bits are set, and returns where they end. */
export function keep(bytes: v128, kept: u32, to: usize): usize {
  const low = <usize>(kept & 0xff)
  const high = <usize>(kept >> 8)
  const places = v128.load64_lane(shuffles + (high << 3), v128.load64_zero(shuffles + (low << 3)), 1, 2048)
  const both = i8x16.swizzle(bytes, places)
  v128.store64_lane(to, both, 0)
  to += popcnt(low)
  v128.store64_lane(to, both, 1)
  return to + popcnt(high)
}

function makeShuffles(): usize {
  const table = memory.data(4096, 16)
  for (let bits: usize = 0; bits < 256; bits++) {
    let to = table + (bits << 3)
    for (let place: usize = 0; place < 8; place++) {
      if (((bits >> place) & 1) != 0) {
        store<u8>(to, <u8>place)
        store<u8>(to++, <u8>(place + 8), 2048)
      }
    }
  }
  return table
}

function makeSplats(): usize {
  const table = memory.data(4096, 16)
  for (let byte: usize = 0; byte < 256; byte++) v128.store(table + (byte << 4), i8x16.splat(<i8>byte))
  return table
}
