/**
 * Lays messages out flat: see src/flattener.ts for what becomes of them, src/flatten-wasm.ts for the host.
 * The bytes were proved before, by validate.ts; nothing is checked again. A message that is not plain is left to the host.
 *
 * Memory: constants; then what validate.ts has from `bordersAddress` on; then what `configureTable` tells of, sixteen bytes each:
 *
 *   a field   length and address of its key, length and address of what its value is written behind; length 0: it is not written
 *   a name    length and address of a key that no flattened member may have, and the field that it is taken by; none: always taken
 *   a kind    length and address of the token that names it, the field that is flattened, and 1 if it is left where that is hollow
 *
 * The host chooses where the rest is: for each message its start; what is found, from a multiple of 8 on, one array behind the other: for
 * each message three times, its kind, whether its name is that of the message before, the end of its row, the places of its fields; the body, from a multiple of 16 on, and an eighth of its size and 256 bytes for `noteStops`; the rows, one after the other,
 * which are 32 bytes longer than their messages at most, and have 128 bytes to spare.
 */
import { copy } from './blocks'
import {
  NONE,
  NO_FIELD,
  configureFields,
  configureTable,
  fieldCount,
  fieldOf,
  fields,
  kindAt,
  kindField,
  kinds,
  nameAt,
  nameField,
  names,
  timeField,
} from './flatten-table'
import { noteStops, stopsFrom, stringEnd } from './strings'
import { usualTime } from './times'
import { CLOSE_BRACE, COMMA, OPEN_BRACE, QUOTE, skipSpace } from './tokens'
import { valueEnd } from './values'

const LOWER_N: u8 = 0x6e
const QUOTE_COLON: u16 = 0x3a22
const QUOTE_COMMA: u16 = 0x2c22
/** More names than there are. */
const NAMES_UNKNOWN: u32 = 0xffffffff
const TAKEN_UNKNOWN: u64 = 0xffffffffffffffff

export { configureFields, configureTable }
export {
  arrayEndOffset,
  arrayStartOffset,
  bordersAddress,
  configure,
  moveBody,
  scanMember,
  unprovedCount,
} from './validate'

/** Where the name of the message before is. */
let lastName: usize = 0
let lastNameBytes: usize = 0

/** As `flattenNoted`, of a body that ends at `bodyEnd` and that was not scanned here. */
export function flatten(
  starts: usize,
  count: u32,
  kind: i32,
  body: usize,
  bodyEnd: usize,
  found: usize,
  to: usize,
): u32 {
  noteStops(body, bodyEnd)
  return flattenNoted(starts, count, kind, body, found, to)
}

/**
 * Writes the rows of `count` messages in the body to `to`, and returns how many were left: their rows end where the ones before do, and
 * nothing else is told of them.
 */
export function flattenNoted(starts: usize, count: u32, kind: i32, body: usize, found: usize, to: usize): u32 {
  const times = found
  const kindsFound = times + 24 * <usize>count
  const repeats = kindsFound + ((<usize>count) << 2)
  const ends = repeats + ((<usize>count) << 2)
  const places = ends + ((<usize>count) << 2)
  const stride = (<usize>fieldCount) << 3
  const rows = to
  memory.fill(places, 0, stride * <usize>count)
  let left: u32 = 0
  lastNameBytes = 0
  for (let index: usize = 0; index < <usize>count; index++) {
    const place = places + stride * index
    const at = index << 2
    const end = flattenOne(body + <usize>load<u32>(starts + at), kind, place, body, to)
    if (end != 0) {
      to = end
      for (let time: u32 = 0; time < 3; time++)
        store<f64>(times + 24 * index + ((<usize>time) << 3), timeIn(place, timeField + time, body))
      store<u32>(kindsFound + at, <u32>lastKind)
      store<u32>(repeats + at, <u32>isNamedAsLast(place, body))
    } else left++
    store<u32>(ends + at, <u32>(to - rows))
  }
  return left
}

/** Ms of a field's value; NaN where it is not there, -Infinity where it is null, Infinity where it is no usual time. */
function timeIn(places: usize, field: u32, body: usize): f64 {
  const end = endOf(places, field)
  if (end == 0) return NaN
  const start = body + <usize>startOf(places, field)
  return load<u8>(start) == LOWER_N ? -Infinity : usualTime(start, body + <usize>end)
}

function isNamedAsLast(places: usize, body: usize): bool {
  const name = body + <usize>startOf(places, nameField)
  const bytes = <usize>(endOf(places, nameField) - startOf(places, nameField))
  const isSame = bytes != 0 && bytes == lastNameBytes && memory.compare(name, lastName, bytes) == 0
  lastName = name
  lastNameBytes = bytes
  return isSame
}

/** Of the message that was laid out last. */
let lastKind: i32 = NONE

/** Where its row ends; 0 if it is left. */
function flattenOne(message: usize, kind: i32, places: usize, body: usize, to: usize): usize {
  const taken = findFields(message, places, body)
  if (taken == TAKEN_UNKNOWN) return 0
  if (kind == NONE)
    kind = kindAt(
      body + <usize>startOf(places, kindField),
      <usize>(endOf(places, kindField) - startOf(places, kindField)),
    )
  if (kind == NONE) return 0
  lastKind = kind
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
    at = keyEnd(key)
    if (at == 0) return TAKEN_UNKNOWN
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
    } else at = endOfValue(at)
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
    let ahead = stopsFrom(key)
    const close = key + <usize>ctz(ahead)
    if (ahead != 0 && load<u16>(close) == QUOTE_COLON && load<u8>(close, 2) == QUOTE) {
      found |= nameAt(key, close - key)
      ahead &= ahead - 1 // without the key's closing quote,
      ahead &= ahead - 1 // and without the opening one behind it: what comes next ends the text
      at = key + <usize>ctz(ahead)
      if (ahead != 0 && load<u16>(at) == QUOTE_COMMA) {
        at = skipSpace(at + 2)
        continue
      }
      at = stringEnd(close + 3)
    } else {
      at = keyEnd(key)
      if (at == 0) return NAMES_UNKNOWN
      found |= nameAt(key, at - 1 - key)
      at = endOfValue(skipSpace(skipSpace(at) + 1))
    }
    at = skipSpace(at)
    if (load<u8>(at) == COMMA) at = skipSpace(at + 1)
  }
  namesEnd = at + 1
  return found
}

/** The byte after the quote that closes the key at `at`; 0 if it has an escape. */
function keyEnd(at: usize): usize {
  while (true) {
    const ahead = stopsFrom(at)
    if (ahead == 0) {
      at = (at + 64) & ~7
      continue
    }
    at += <usize>ctz(ahead)
    return load<u8>(at) == QUOTE ? at + 1 : 0
  }
}

function endOfValue(at: usize): usize {
  return load<u8>(at) == QUOTE ? stringEnd(at + 1) : valueEnd(at)
}

function isAnyTaken(found: u32, places: usize): bool {
  while (found != 0) {
    const field = load<u32>(names + ((<usize>ctz(found)) << 4), 8)
    if (field == NO_FIELD || endOf(places, field) != 0) return true
    found &= found - 1
  }
  return false
}

function startOf(places: usize, field: u32): u32 {
  return load<u32>(places + ((<usize>field) << 3))
}

function endOf(places: usize, field: u32): u32 {
  return load<u32>(places + ((<usize>field) << 3), 4)
}
