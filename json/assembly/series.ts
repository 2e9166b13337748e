/**
 * Records of three members written as rows that say of what type the middle one is: see src/series-writer.ts for which, src/series-wasm.ts for
 * the host. The bytes were proved before, by validate.ts; nothing is checked again but how they are written.
 *
 * Memory: constants; then from `textsAddress` the texts that the host puts there, 48 bytes each: sixteen bytes, sixteen of ones where
 * those count, the length of the text. First three that stand before the members' values where nothing is between tokens, then three
 * where there is a space behind each colon and comma. Then the endings, 48 bytes each: up to 44 bytes, and their length in the last
 * four. The host chooses where the rest is: starts and ends of the records, the ends of the rows, the times, the body, the rows, which
 * are written up to 128 bytes further.
 */
import { copy } from './blocks'
import { CLOSE_BRACE, MINUS, POINT, QUOTE, ZERO, isDigit } from './tokens'
import { stringEnd, valueEnd } from './values'

const TEXT_BYTES: usize = 48
const SPACED: usize = 3 * TEXT_BYTES
const ENDINGS: usize = 6 * TEXT_BYTES
const OF_TEXT: usize = ENDINGS
const OF_NUMBER: usize = ENDINGS + TEXT_BYTES
const OF_BOOLEAN: usize = ENDINGS + 2 * TEXT_BYTES

/** A number in so few bytes, and below so much without its point, is exactly the double that it makes. */
const NUMBER_BYTES_MAX: usize = 17
const DIGITS_END: u64 = 1 << 52

const LOWER_F: u8 = 0x66
const LOWER_T: u8 = 0x74

/** 10 to the power of 0 to 17. */
const powers: usize = makePowers()

let nameBytesMax: usize = 0
let secondsEnd: f64 = 0
/** Ms of the record that was written last. */
let time: f64 = 0

export function textsAddress(): usize {
  return (__heap_base + 15) & ~15
}

/** `nameBytes`: of the first value, with its quotes. `end`: seconds are less. */
export function configure(nameBytes: u32, end: f64): void {
  nameBytesMax = <usize>nameBytes
  secondsEnd = end
}

/**
 * Writes the rows of `count` records to `to`, and how they end, and their times in ms, to `rowEnds` and `times`; stops at one that is
 * not written so, and returns how many were written.
 */
export function writeRows(
  starts: usize,
  ends: usize,
  count: u32,
  body: usize,
  rowEnds: usize,
  times: usize,
  to: usize,
): u32 {
  const rows = to
  for (let index: usize = 0; index < <usize>count; index++) {
    const at = index << 2
    to = writeRow(body + <usize>load<u32>(starts + at), body + <usize>load<u32>(ends + at), to)
    if (to == 0) return <u32>index
    store<u32>(rowEnds + at, <u32>(to - rows))
    store<f64>(times + (index << 3), time)
  }
  return count
}

/** Where the row ends; 0 if the record is not written so. */
function writeRow(start: usize, end: usize, to: usize): usize {
  let text = textsAddress()
  if (load<u8>(start + lengthOf(text)) != QUOTE) text += SPACED
  if (!isAt(start, text)) return 0
  const name = start + lengthOf(text)
  if (load<u8>(name) != QUOTE) return 0
  let at = stringEnd(name + 1)
  if (at - name > nameBytesMax) return 0

  text += TEXT_BYTES
  if (!isAt(at, text)) return 0
  at += lengthOf(text)
  const ending = endingOf(load<u8>(at))
  if (ending == 0) return 0
  at = valueEnd(at)

  text += TEXT_BYTES
  if (!isAt(at, text)) return 0
  if (readSeconds(at + lengthOf(text)) != end - 1 || load<u8>(end - 1) != CLOSE_BRACE) return 0
  to = copy(start, end - 1, to)
  const last = textsAddress() + ending
  copy(last, last + TEXT_BYTES, to)
  return to + <usize>load<u32>(last, 44)
}

/** By the first byte of a value; 0 if it is no scalar, or null. */
function endingOf(first: u8): usize {
  if (first == QUOTE) return OF_TEXT
  if (first == MINUS || isDigit(first)) return OF_NUMBER
  return first == LOWER_T || first == LOWER_F ? OF_BOOLEAN : 0
}

/** Where the plainly written seconds at `at` end, their ms put into `time`; 0 if they are written in any other way. */
function readSeconds(at: usize): usize {
  const start = at
  let digits: u64 = 0
  let point: usize = 0
  while (true) {
    const byte = load<u8>(at)
    if (isDigit(byte)) digits = digits * 10 + <u64>(byte - ZERO)
    else if (byte == POINT && point == 0) point = at
    else break
    at++
  }
  if (point == 0 || at - start > NUMBER_BYTES_MAX || digits >= DIGITS_END) return 0
  const seconds = <f64>digits / load<f64>(powers + ((at - point - 1) << 3))
  if (seconds >= secondsEnd) return 0
  time = Math.floor(Math.floor(seconds * 1e6 + 0.5) / 1e3)
  return at
}

function isAt(at: usize, text: usize): bool {
  const difference = v128.xor(v128.load(at), v128.load(text))
  return !v128.any_true(v128.and(difference, v128.load(text, 16)))
}

function lengthOf(text: usize): usize {
  return <usize>load<u32>(text, 32)
}

function makePowers(): usize {
  const table = memory.data(144, 16)
  let power: f64 = 1
  for (let index: usize = 0; index < 18; index++) {
    store<f64>(table + (index << 3), power)
    power *= 10
  }
  return table
}
