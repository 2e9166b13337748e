/** Proves JSON values: their grammar, how deep they are, and what is said of keys. `noteStops` of strings.ts was called before. */
import { literalEnd, numberEnd } from './scalars'
import { stopsFrom, stringEnd } from './strings'
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  isNumberStart,
  skipSpace,
} from './tokens'

export const DEPTH_MAX = 1024
const QUOTE_COLON: u16 = 0x3a22
const QUOTE_COMMA: u16 = 0x2c22

/** From the second on: for each open object the number of its keys so far, for each open array -1. */
const frames: usize = memory.data(4 * (DEPTH_MAX + 1), 16)

let depthMax: i32 = 0
let keyBytesMax: usize = 0
let objectKeysMax: i32 = 0
let hasKeyFault: bool = false

export function configureProof(depth: i32, keyBytes: i32, objectKeys: i32): void {
  depthMax = depth
  keyBytesMax = keyBytes
  objectKeysMax = objectKeys
}

/** Whether the value proved last has a key that is too long, or too many of them. */
export function hadKeyFault(): bool {
  return hasKeyFault
}

/** The end of the value at `at`; 0 if it is no JSON or too deep. */
export function proveValue(at: usize): usize {
  let frame = frames // of the innermost object or array
  const lastFrame = frames + <usize>depthMax * 4
  hasKeyFault = false
  while (true) {
    const byte = load<u8>(at)
    if (byte == QUOTE) {
      at = stringEnd(at + 1)
      if (at == 0) return 0
    } else if (byte == OPEN_BRACE) {
      if (frame == lastFrame) return 0
      at = skipSpace(at + 1)
      if (load<u8>(at) == CLOSE_BRACE) {
        at++
      } else {
        frame += 4
        store<i32>(frame, 0)
        at = valueOfMember(at, frame)
        if (at == 0) return 0
        continue
      }
    } else if (byte == OPEN_BRACKET) {
      if (frame == lastFrame) return 0
      at = skipSpace(at + 1)
      if (load<u8>(at) == CLOSE_BRACKET) {
        at++
      } else {
        frame += 4
        store<i32>(frame, -1)
        continue
      }
    } else {
      at = isNumberStart(byte) ? numberEnd(at, byte) : literalEnd(at, byte)
      if (at == 0) return 0
    }

    // A value has ended: close what ends with it, up to the next value.
    while (true) {
      if (frame == frames) return at
      const isObject = load<i32>(frame) > 0
      at = skipSpace(at)
      const next = load<u8>(at)
      if (next == COMMA) {
        at = skipSpace(at + 1)
        if (!isObject) break
        at = valueOfMember(at, frame)
        if (at == 0) return 0
        break
      }
      if (next != (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return 0
      at++
      frame -= 4
    }
  }
}

/**
 * The value of the member whose key is at `at`, or of a later one: members that are numbers or plain text, which are most, are
 * passed over right here if another follows. 0 if something is no member.
 */
function valueOfMember(at: usize, frame: usize): usize {
  let keys = load<i32>(frame)
  while (true) {
    if (load<u8>(at) != QUOTE) return 0
    keys++
    const first = at + 1
    let ahead = stopsFrom(first)
    let close = first + <usize>ctz(ahead)
    if (ahead != 0 && load<u16>(close) == QUOTE_COLON) {
      at = close + 2
    } else {
      ahead = 0 // what follows is not where it is looked for below
      at = stringEnd(first)
      if (at == 0) return 0
      close = at - 1
      at = skipSpace(at)
      if (load<u8>(at) != COLON) return 0
      at = skipSpace(at + 1)
    }
    if (close - first > keyBytesMax) hasKeyFault = true

    const byte = load<u8>(at)
    if (byte == QUOTE) {
      ahead &= ahead - 1 // without the key's closing quote,
      ahead &= ahead - 1 // and without the opening one here: what comes next ends the text
      const end = first + <usize>ctz(ahead)
      if (ahead == 0 || load<u16>(end) != QUOTE_COMMA) break
      at = skipSpace(end + 2)
    } else {
      if (!isNumberStart(byte)) break
      const end = numberEnd(at, byte)
      if (end == 0) return 0
      if (load<u8>(end) != COMMA) break
      at = skipSpace(end + 1)
    }
  }
  if (keys > objectKeysMax) hasKeyFault = true
  store<i32>(frame, keys)
  return skipSpace(at)
}
