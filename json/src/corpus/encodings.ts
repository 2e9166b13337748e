/** Bytes, in hexadecimal, that are UTF-8 by RFC 3629 §4 inside of a string, and bytes that are not. */

export const validUtf8: readonly string[] = [
  '7f', 'c280', 'c2a9', 'dfbf', 'e0a080', 'e0bfbf', 'e18080', 'ecbfbf', 'ed8080', 'ed9fbf', 'ee8080', 'efbbbf', 'efbfbd', 'efbfbe', 'efbfbf',
  'f0908080', 'f09f9880', 'f0bfbfbf', 'f1808080', 'f3bfbfbf', 'f4808080', 'f48fbfbf', 'c3a9c3a9c3a9', 'e282ace282ac', 'c280e0a080f09080807f',
]

export const invalidUtf8: readonly string[] = [
  // continuation bytes without a first one
  '80', 'bf', '8080', 'c3a9a9', 'e282acac', 'f09f988080', '61bf62',
  // first bytes without enough after them
  'c2', 'c261', 'c2c2a9', 'e0a0', 'e0a061', 'e2', 'e261', 'e282', 'e28261', 'e282c2a9', 'f0', 'f09f', 'f09f98', 'f09f9861', 'f0906161', 'f48f', 'f1808061',
  // overlong
  'c080', 'c0af', 'c1bf', 'c0a2', 'c1a2', 'e08080', 'e09fbf', 'e080af', 'f0808080', 'f08fbfbf', 'f08080af',
  // surrogates
  'eda080', 'edafbf', 'edb080', 'edbfbf', 'eda0bdedb880',
  // beyond U+10FFFF, and bytes that UTF-8 never has
  'f4908080', 'f4bfbfbf', 'f5808080', 'f7bfbfbf', 'f888808080', 'fc8480808080', 'fe', 'ff', 'feff', 'fffe', 'ffffffff', 'f8', 'fb', 'fd',
  // other encodings
  'e9', 'fc', 'c4d6dc', '93fa967b8cea', 'a4a2', 'd800', '8140',
]
