/**
 * Keys: from an object's node in the trie to the node of one of its keys.
 *
 * A node is a record of u32, which the host writes (src/extract-layout.ts):
 *    0 key     4 length of the key    8 parent node    12 column, 0 without a leaf
 *   16 first  20 next                24 seen           28 mask                      32 the start of the key, 16 bytes
 * `first` and `next` predict which child comes first in this object, and which key comes after this one: as in the row before.
 * `seen` is the stamp of the row that had this key last. A key is followed by a quote in memory; bit i of `mask` is 1 if byte i of
 * the 16 counts. A key that cannot stand in JSON as it is has bytes there that no text has, and is only found unescaped.
 */
import { stringStop, unescapeKey, unescapedQuote } from './extract-strings'
import { BACKSLASH } from './tokens'

export const NODE_BYTES: usize = 64

let slots: usize = 0
let slotMask: usize = 0
let seed: u64 = 0
let quote: usize = 0

/** Enters all nodes but the first, the root, into a table of `slotMask + 1` zeroed slots; the seed keeps collisions unpredictable. */
export function indexNodes(nodes: usize, nodeCount: usize, slotsAt: usize, mask: usize, hashSeed: u64): void {
  slots = slotsAt
  slotMask = mask
  seed = hashSeed
  for (let node = nodes + NODE_BYTES; node < nodes + nodeCount * NODE_BYTES; node += NODE_BYTES) {
    let slot = hash(<usize>load<u32>(node, 8), <usize>load<u32>(node), <usize>load<u32>(node, 4))
    while (load<u32>(slots + slot * 4) != 0) slot = (slot + 1) & slotMask
    store<u32>(slots + slot * 4, <u32>node)
  }
}

// @ts-ignore: decorator
@inline
export function columnOf(node: usize): usize {
  return <usize>load<u32>(node, 12)
}

/** Where the first child of an object is predicted. */
// @ts-ignore: decorator
@inline
export function firstOf(node: usize): usize {
  return node + 16
}

/** Where the key after this one is predicted. */
// @ts-ignore: decorator
@inline
export function nextOf(node: usize): usize {
  return node + 20
}

/** Whether the row of this stamp had this key before; from now on it has. */
// @ts-ignore: decorator
@inline
export function wasSeen(node: usize, stamp: u32): bool {
  const last = load<u32>(node, 24)
  store<u32>(node, stamp, 24)
  return last == stamp
}

// @ts-ignore: decorator
@inline
export function keyLength(node: usize): usize {
  return <usize>load<u32>(node, 4)
}

/** Whether the key whose first character is at `at` is that of the node, unescaped as it stands. */
// @ts-ignore: decorator
@inline
export function isKeyOf(node: usize, at: usize): bool {
  const mask = load<u32>(node, 28)
  if ((i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(node, 32))) & mask) != mask) return false
  return keyLength(node) < 16 || isSameText(<usize>load<u32>(node) + 16, at + 16, keyLength(node) - 15)
}

/** The node of the key whose first character is at `at` in the object of `parent`, 0 if it has none; `keyQuote` tells where it ends. */
export function findKey(parent: usize, at: usize): usize {
  let end = stringStop(at)
  quote = end
  if (load<u8>(end) == BACKSLASH) {
    end = unescapeKey(end)
    quote = unescapedQuote()
  }
  let slot = hash(parent, at, end - at)
  while (true) {
    const node = <usize>load<u32>(slots + slot * 4)
    if (node == 0) return 0
    if (load<u32>(node, 8) == <u32>parent && keyLength(node) == end - at) {
      if (isSameText(<usize>load<u32>(node), at, end - at)) return node
    }
    slot = (slot + 1) & slotMask
  }
}

export function keyQuote(): usize {
  return quote
}

function isSameText(left: usize, right: usize, length: usize): bool {
  while (length >= 8) {
    if (load<u64>(left) != load<u64>(right)) return false
    left += 8
    right += 8
    length -= 8
  }
  return ((load<u64>(left) ^ load<u64>(right)) & lowBytes(length)) == 0
}

function hash(parent: usize, at: usize, length: usize): usize {
  let mixed = (seed ^ <u64>parent ^ (<u64>length << 40)) * 0x9e3779b97f4a7c15
  while (length >= 8) {
    mixed = rotl<u64>(mixed ^ load<u64>(at), 29) * 0x9e3779b97f4a7c15
    at += 8
    length -= 8
  }
  mixed = rotl<u64>(mixed ^ (load<u64>(at) & lowBytes(length)), 29) * 0x9e3779b97f4a7c15
  return <usize>(mixed >> 32) & slotMask
}

/** Ones in the low bytes, 0 to 7 of them. */
// @ts-ignore: decorator
@inline
function lowBytes(count: usize): u64 {
  return (<u64>1 << (<u64>count * 8)) - 1
}
