/**
 * Lays messages out flat: see src/flattener.ts for what becomes of them, src/flatten-wasm.ts for the host.
 * The bytes were proved before, by validate.ts; nothing is checked again. A message that is not plain is left to the host.
 *
 * Memory: constants; then from `tableAddress` what `configure` tells of, sixteen bytes each:
 *
 *   a field   length and address of its key, length and address of what its value is written behind; length 0: it is not written
 *   a name    length and address of a key that no flattened member may have, and the field that it is taken by; none: always taken
 *   a kind    length and address of the token that names it, the field that is flattened, and 1 if it is left where that is hollow
 *
 * The host chooses where the rest is: for each message its start, the end of its row and the places of its fields; the body; the
 * rows, one after the other, which are 32 bytes longer than their messages at most. Body and rows have 128 bytes to spare.
 */
import { copy } from './blocks'
import { CLOSE_BRACE, COMMA, OPEN_BRACE, skipSpace } from './tokens'
import { hadEscape, stringEnd, valueEnd } from './values'

const LOWER_N: u8 = 0x6e
const NO_FIELD: u32 = 0xffffffff
const NONE: i32 = -1

let fields: usize = 0
let fieldCount: u32 = 0
let names: usize = 0
let nameCount: u32 = 0
let kinds: usize = 0
let kindCount: u32 = 0
let kindField: u32 = 0

/** The fields that were met last, in their order: the next message has mostly the same. */
const order: usize = memory.data(64)

/** By a byte that names begin with: a bit for each length that they have. */
const lengths: usize = memory.data(1024, 4)

export function tableAddress(): usize {
  return (__heap_base + 15) & ~15
}

/** `named`: the field whose value is the token of a kind. The two that follow it are flattened of the one kind or the other. */
export function configure(fieldsGiven: u32, namesGiven: u32, kindsGiven: u32, named: u32): void {
  fieldCount = fieldsGiven
  nameCount = namesGiven
  kindCount = kindsGiven
  kindField = named
  fields = tableAddress()
  names = fields + ((<usize>fieldCount) << 4)
  kinds = names + ((<usize>nameCount) << 4)
  for (let name: u32 = 0; name < nameCount; name++) {
    const entry = names + ((<usize>name) << 4)
    const mask = lengths + ((<usize>load<u8>(load<u32>(entry, 4))) << 2)
    store<u32>(mask, load<u32>(mask) | (1 << load<u32>(entry)))
  }
}

/** Writes the rows of `count` messages to `to`, and returns how many were left: their rows end where the ones before do. */
export function flatten(starts: usize, count: u32, kind: i32, body: usize, to: usize): u32 {
  const ends = starts + ((<usize>count) << 2)
  const places = ends + ((<usize>count) << 2)
  const stride = (<usize>fieldCount) << 3
  const rows = to
  memory.fill(places, 0, stride * <usize>count)
  let left: u32 = 0
  for (let index: usize = 0; index < <usize>count; index++) {
    const end = flattenOne(body + <usize>load<u32>(starts + (index << 2)), kind, places + stride * index, body, to)
    if (end != 0) to = end
    else left++
    store<u32>(ends + (index << 2), <u32>(to - rows))
  }
  return left
}

/** Where its row ends; 0 if it is left. */
function flattenOne(message: usize, kind: i32, places: usize, body: usize, to: usize): usize {
  const taken = findFields(message, places, body)
  if (taken == TAKEN_UNKNOWN) return 0
  if (kind == NONE) kind = kindAt(places, body)
  if (kind == NONE) return 0
  const flattened = load<u32>(kinds + ((<usize>kind) << 4), 8)
  const own = flattened == kindField + 1 ? <u32>taken : <u32>(taken >> 32)
  const start = body + <usize>startOf(places, flattened)
  const isObject = endOf(places, flattened) != 0 && load<u8>(start) == OPEN_BRACE
  if (isObject && isAnyTaken(own, places)) return 0
  const isHollow = !isObject || load<u8>(skipSpace(start + 1)) == CLOSE_BRACE
  if (isHollow && load<u32>(kinds + ((<usize>kind) << 4), 12) != 0) return 0
  store<u8>(to++, OPEN_BRACE)
  const first = to
  for (let field: u32 = 0; field < fieldCount; field++) {
    const end = endOf(places, field)
    const prefix = fields + ((<usize>field) << 4)
    if (end == 0 || load<u32>(prefix, 8) == 0) continue
    const value = body + <usize>startOf(places, field)
    if (field == flattened && (isObject || load<u8>(value) == LOWER_N)) continue
    if (to != first) store<u8>(to++, COMMA)
    const prefixBytes = <usize>load<u32>(prefix, 12)
    to = copy(prefixBytes, prefixBytes + <usize>load<u32>(prefix, 8), to)
    to = copy(value, body + <usize>end, to)
  }
  if (!isHollow) {
    if (to != first) store<u8>(to++, COMMA)
    to = copy(start + 1, body + <usize>endOf(places, flattened) - 1, to)
  }
  store<u8>(to, CLOSE_BRACE)
  return to + 1
}

/**
 * Writes down where the fields of the message at `at` are. Returns which names the members of the two fields have that may be
 * flattened, a bit each: the first's in the lower half. `TAKEN_UNKNOWN` where something is no field, is there twice or has an escape.
 */
function findFields(at: usize, places: usize, body: usize): u64 {
  let taken: u64 = 0
  let nth: usize = 0
  at = skipSpace(at + 1)
  while (load<u8>(at) != CLOSE_BRACE) {
    const key = at + 1
    at = stringEnd(key)
    if (hadEscape()) return TAKEN_UNKNOWN
    const field = fieldOf(key, at - 1 - key, nth++ & 63)
    if (field == NO_FIELD || endOf(places, field) != 0) return TAKEN_UNKNOWN
    at = skipSpace(skipSpace(at) + 1) // over the colon
    const value = at
    const nested = field - kindField - 1
    if (nested < 2 && load<u8>(at) == OPEN_BRACE) {
      const found = namesIn(at)
      if (found == NAMES_UNKNOWN) return TAKEN_UNKNOWN
      taken |= (<u64>found) << ((<u64>nested) << 5)
      at = namesEnd
    } else at = valueEnd(at)
    const place = places + ((<usize>field) << 3)
    store<u32>(place, <u32>(value - body))
    store<u32>(place, <u32>(at - body), 4)
    at = skipSpace(at)
    if (load<u8>(at) == COMMA) at = skipSpace(at + 1)
  }
  return taken
}

/** Where the object ends that `namesIn` looked at. */
let namesEnd: usize = 0

/** Which names are keys of the object at `at`, a bit each; `NAMES_UNKNOWN` if a key has an escape. */
function namesIn(at: usize): u32 {
  let found: u32 = 0
  at = skipSpace(at + 1)
  while (load<u8>(at) != CLOSE_BRACE) {
    const key = at + 1
    at = stringEnd(key)
    if (hadEscape()) return NAMES_UNKNOWN
    const length = <u32>(at - 1 - key)
    if (length < 32 && ((load<u32>(lengths + ((<usize>load<u8>(key)) << 2)) >> length) & 1) != 0)
      found |= nameAt(key, length)
    at = skipSpace(valueEnd(skipSpace(skipSpace(at) + 1)))
    if (load<u8>(at) == COMMA) at = skipSpace(at + 1)
  }
  namesEnd = at + 1
  return found
}

/** The bit of the name that a key is; 0 if it is none. */
function nameAt(key: usize, length: u32): u32 {
  for (let name: u32 = 0; name < nameCount; name++) {
    if (isTextOf(names + ((<usize>name) << 4), key, <usize>length)) return 1 << name
  }
  return 0
}

function isAnyTaken(found: u32, places: usize): bool {
  while (found != 0) {
    const field = load<u32>(names + ((<usize>ctz(found)) << 4), 8)
    if (field == NO_FIELD || endOf(places, field) != 0) return true
    found &= found - 1
  }
  return false
}

function fieldOf(key: usize, length: usize, nth: usize): u32 {
  const guess = <u32>load<u8>(order + nth)
  if (isTextOf(fields + ((<usize>guess) << 4), key, length)) return guess
  for (let field: u32 = 0; field < fieldCount; field++) {
    if (!isTextOf(fields + ((<usize>field) << 4), key, length)) continue
    store<u8>(order + nth, <u8>field)
    return field
  }
  return NO_FIELD
}

function kindAt(places: usize, body: usize): i32 {
  const start = <usize>startOf(places, kindField)
  const length = <usize>endOf(places, kindField) - start
  for (let kind: u32 = 0; kind < kindCount; kind++) {
    if (isTextOf(kinds + ((<usize>kind) << 4), body + start, length)) return kind
  }
  return NONE
}

/** Whether the bytes at `at` are those of an entry of the table. */
function isTextOf(entry: usize, at: usize, length: usize): bool {
  return <usize>load<u32>(entry) == length && memory.compare(at, <usize>load<u32>(entry, 4), length) == 0
}

function startOf(places: usize, field: u32): u32 {
  return load<u32>(places + ((<usize>field) << 3))
}

function endOf(places: usize, field: u32): u32 {
  return load<u32>(places + ((<usize>field) << 3), 4)
}

/** More names than there are. */
const NAMES_UNKNOWN: u32 = 0xffffffff
const TAKEN_UNKNOWN: u64 = 0xffffffffffffffff
