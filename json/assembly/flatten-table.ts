/** What `flatten.ts` looks for: the fields, names and kinds of the table that the host wrote. */

export const NO_FIELD: u32 = 0xffffffff
export const NONE: i32 = -1

export let fields: usize = 0
export let fieldCount: u32 = 0
export let names: usize = 0
let nameCount: u32 = 0
export let kinds: usize = 0
let kindCount: u32 = 0
export let kindField: u32 = 0
export let nameField: u32 = 0
/** The first of three that follow each other. */
export let timeField: u32 = 0

/** The fields that were met last, in their order: the next message has mostly the same. */
const order: usize = memory.data(64)

/** By the byte that names begin with, which follow each other: a bit for each length that they have, then the first and the number of them. */
const initials: usize = memory.data(2048, 4)

/** Which fields `flatten.ts` looks at itself; of those that are times the first. */
export function configureFields(kind: u32, name: u32, time: u32): void {
  kindField = kind
  nameField = name
  timeField = time
}

export function configureTable(table: usize, fieldsGiven: u32, namesGiven: u32, kindsGiven: u32): void {
  fieldCount = fieldsGiven
  nameCount = namesGiven
  kindCount = kindsGiven
  fields = table
  names = fields + ((<usize>fieldCount) << 4)
  kinds = names + ((<usize>nameCount) << 4)
  for (let name: u32 = 0; name < nameCount; name++) {
    const entry = names + ((<usize>name) << 4)
    const initial = initials + ((<usize>load<u8>(load<u32>(entry, 4))) << 3)
    if (load<u32>(initial) == 0) store<u16>(initial, <u16>name, 4)
    store<u32>(initial, load<u32>(initial) | (1 << load<u32>(entry)))
    store<u16>(initial, load<u16>(initial, 6) + 1, 6)
  }
}

/** The field that a key is of, which is the nth of its message; `NO_FIELD` if it is none. */
export function fieldOf(key: usize, length: usize, nth: usize): u32 {
  const guess = <u32>load<u8>(order + nth)
  if (isTextOf(fields + ((<usize>guess) << 4), key, length)) return guess
  for (let field: u32 = 0; field < fieldCount; field++) {
    if (!isTextOf(fields + ((<usize>field) << 4), key, length)) continue
    store<u8>(order + nth, <u8>field)
    return field
  }
  return NO_FIELD
}

/** The bit of the name that a key is; 0 if it is none. */
export function nameAt(key: usize, length: usize): u32 {
  const initial = initials + ((<usize>load<u8>(key)) << 3)
  if (length > 31 || ((load<u32>(initial) >> <u32>length) & 1) == 0) return 0
  let name = <u32>load<u16>(initial, 4)
  const end = name + <u32>load<u16>(initial, 6)
  for (; name < end; name++) {
    if (isTextOf(names + ((<usize>name) << 4), key, length)) return 1 << name
  }
  return 0
}

/** Of the token at `at`; `NONE` if it names none. */
export function kindAt(at: usize, length: usize): i32 {
  for (let kind: u32 = 0; kind < kindCount; kind++) {
    if (isTextOf(kinds + ((<usize>kind) << 4), at, length)) return kind
  }
  return NONE
}

/** Whether the bytes at `at` are those of an entry of the table. */
function isTextOf(entry: usize, at: usize, length: usize): bool {
  if (<usize>load<u32>(entry) != length) return false
  let text = <usize>load<u32>(entry, 4)
  while (length > 16) {
    if (!i8x16.all_true(i8x16.eq(v128.load(at), v128.load(text)))) return false
    at += 16
    text += 16
    length -= 16
  }
  const different = ~i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(text)))
  return (different & ((1 << (<i32>length)) - 1)) == 0
}
