/**
 * Finds members of objects by their keys: see src/member-finder.ts for what is found, src/members-wasm.ts for the host.
 * The bytes were proved before, by validate.ts; nothing is checked again.
 *
 * Memory: constants; then from `keysAddress` for each key its length and its address (u32 each), then the keys' bytes; then, at an
 * address that the host chooses, the starts of the objects (u32 each) and after them two u32 for each object and key: the answer.
 * The body comes last, with 128 bytes to spare.
 */
import { CLOSE_BRACE, COMMA, skipSpace } from './tokens'
import { hadEscape, stringEnd, valueEnd } from './values'

/** In the answer's first place of an object that has an escaped key: the host looks for itself. */
const ESCAPED_KEY: u32 = 0xffffffff

export function keysAddress(): usize {
  return (__heap_base + 15) & ~15
}

/** Answers for `count` objects whose starts are at `starts`, and returns how many of them the host has to look at itself. */
export function find(keyCount: u32, starts: usize, count: u32, body: usize): u32 {
  const answers = starts + <usize>count * 4
  const stride = <usize>keyCount * 8
  memory.fill(answers, 0, stride * <usize>count)
  let left: u32 = 0
  for (let index: u32 = 0; index < count; index++) {
    const answer = answers + stride * <usize>index
    if (findIn(body + load<u32>(starts + <usize>index * 4), keyCount, answer, body)) continue
    store<u32>(answer, ESCAPED_KEY)
    left++
  }
  return left
}

/** Whether the object at `at` has plain keys only; then all that is looked for is found. */
function findIn(at: usize, keyCount: u32, answer: usize, body: usize): bool {
  at = skipSpace(at + 1)
  while (load<u8>(at) != CLOSE_BRACE) {
    const key = at + 1
    at = stringEnd(key)
    if (hadEscape()) return false
    const place = placeOf(key, at - 1 - key, keyCount)
    at = skipSpace(skipSpace(at) + 1) // over the colon
    const value = at
    at = valueEnd(at)
    if (place >= 0) {
      store<u32>(answer + <usize>place * 8, <u32>(value - body))
      store<u32>(answer + <usize>place * 8, <u32>(at - body), 4)
    }
    at = skipSpace(at)
    if (load<u8>(at) == COMMA) at = skipSpace(at + 1)
  }
  return true
}

/** Which of the keys looked for this is; -1 for none. */
function placeOf(key: usize, length: usize, keyCount: u32): i32 {
  let entry = keysAddress()
  for (let place: u32 = 0; place < keyCount; place++) {
    if (<usize>load<u32>(entry) == length && memory.compare(key, load<u32>(entry, 4), length) == 0) return place
    entry += 8
  }
  return -1
}
