/** Hexadecimal digits. */

/** By byte: the value of the hexadecimal digit; 255 if it is none. */
export const hexDigits: usize = makeHexDigits()

function makeHexDigits(): usize {
  const table = memory.data(256)
  memory.fill(table, 255, 256)
  for (let digit: usize = 0; digit < 10; digit++) store<u8>(table + 0x30 + digit, <u8>digit)
  for (let digit: usize = 10; digit < 16; digit++) {
    store<u8>(table + 0x37 + digit, <u8>digit) // A to F
    store<u8>(table + 0x57 + digit, <u8>digit) // a to f
  }
  return table
}
