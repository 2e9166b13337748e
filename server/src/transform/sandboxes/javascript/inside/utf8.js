/** Runs inside of the isolate. */
import { charCodeAt } from './intrinsics.js'

/** Bytes that the text takes; a surrogate that stands alone counts as three. */
export function utf8Length(text) {
  const { length } = text
  let bytes = length
  for (let at = 0; at < length; at++) {
    const code = charCodeAt(text, at)
    if (code < 0x80) continue
    bytes += code < 0x800 ? 1 : 2
    if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(charCodeAt(text, at + 1))) at++
  }
  return bytes
}

function isLowSurrogate(code) {
  return code >= 0xdc00 && code < 0xe000
}
