/**
 * Runs inside of the isolate. JSON that `JSON.parse` reads wrong: an integer beyond 2^53 loses digits, and V8 misreads some keys that
 * are written with an escape (docs/decisions/0007). Such a text is found by a cheap look and read here; it is JSON, that was proved before.
 */
import { bigint, charCodeAt, defineProperty, indexOf, objectPrototype, parse, slice } from './intrinsics.js'

const [quote, backslash, colon, comma, minus] = [0x22, 0x5c, 0x3a, 0x2c, 0x2d]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]
const [zero, nine, dot, letterE, letterLowerE, letterT, letterF, letterN] = [48, 57, 46, 69, 101, 116, 102, 110]

/** Digits that every integer has that a number cannot hold. */
const longDigits = 16
const safeMax = '9007199254740991'

/** May say yes where `JSON.parse` would do. Linear in the text's length. */
export function needsExactness(json) {
  return hasEscapedKey(json) || hasLongInteger(json)
}

function hasEscapedKey(json) {
  let at = indexOf(json, '\\', 0)
  while (at >= 0) {
    at = endOfString(json, at) + 1
    if (charCodeAt(json, skipSpace(json, at)) === colon) return true
    at = indexOf(json, '\\', at)
  }
  return false
}

/** Looks at every 16th character alone: 16 digits in a row cannot hide between. */
function hasLongInteger(json) {
  const { length } = json
  for (let at = longDigits - 1; at < length; at += longDigits) {
    if (!isDigit(charCodeAt(json, at))) continue
    let start = at
    while (start > 0 && isDigit(charCodeAt(json, start - 1))) start--
    let end = at + 1
    while (end < length && isDigit(charCodeAt(json, end))) end++
    if (isLongInteger(json, start, end)) return true
    while (at + longDigits < end) at += longDigits
  }
  return false
}

function isLongInteger(json, start, end) {
  if (end - start < longDigits) return false
  const before = charCodeAt(json, start - 1)
  const mayBeNumber =
    before === minus || before === colon || before === comma || before === openBracket || isSpace(before)
  return mayBeNumber && isUnsafe(json, start, end)
}

function isUnsafe(json, start, end) {
  const after = charCodeAt(json, end)
  if (after === dot || after === letterE || after === letterLowerE) return false
  return end - start > longDigits || (end - start === longDigits && slice(json, start, end) > safeMax)
}

let source = ''
let at = 0
/** Of the next backslash at or after the last string; the text's length where there is none. */
let nextEscape = -1

/** As `JSON.parse` would, were it right: keys as they are, integers beyond ±(2^53 - 1) as BigInt. Not for text that may be no JSON. */
export function parseExactly(json) {
  source = json
  at = 0
  nextEscape = -1
  const value = readValue()
  source = ''
  return value
}

function readValue() {
  at = skipSpace(source, at)
  switch (charCodeAt(source, at)) {
    case openBrace:
      return readObject()
    case openBracket:
      return readArray()
    case quote:
      return readString()
    case letterT:
      at += 4
      return true
    case letterF:
      at += 5
      return false
    case letterN:
      at += 4
      return null
    default:
      return readNumber()
  }
}

function readObject() {
  const object = {}
  at = skipSpace(source, at + 1)
  if (charCodeAt(source, at) === closeBrace) at++
  else {
    do {
      at = skipSpace(source, at)
      const key = readString()
      at = skipSpace(source, at) + 1
      define(object, key, readValue())
      at = skipSpace(source, at)
    } while (charCodeAt(source, at++) === comma)
  }
  return object
}

function readArray() {
  const array = []
  at = skipSpace(source, at + 1)
  if (charCodeAt(source, at) === closeBracket) at++
  else {
    let length = 0
    do {
      define(array, length++, readValue())
      at = skipSpace(source, at)
    } while (charCodeAt(source, at++) === comma)
  }
  return array
}

/** An own property, whatever the users' code has put on the prototypes. */
function define(target, key, value) {
  if (key in objectPrototype || (typeof key === 'number' && key in target))
    defineProperty(target, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true })
  else target[key] = value
}

function readString() {
  const start = at
  const end = indexOf(source, '"', start + 1)
  if (nextEscape <= start) {
    nextEscape = indexOf(source, '\\', start + 1)
    if (nextEscape < 0) nextEscape = source.length
  }
  if (nextEscape > end) {
    at = end + 1
    return slice(source, start + 1, end)
  }
  at = endOfString(source, nextEscape) + 1
  return parse(slice(source, start, at)) // a string that stands alone is read right
}

function readNumber() {
  const start = at
  if (charCodeAt(source, at) === minus) at++
  const digits = at
  while (isDigit(charCodeAt(source, at))) at++
  const isLarge = isUnsafe(source, digits, at)
  while (isOfNumber(charCodeAt(source, at))) at++
  const number = slice(source, start, at)
  return isLarge ? bigint(number) : +number
}

function isOfNumber(code) {
  return isDigit(code) || code === dot || code === letterE || code === letterLowerE || code === minus || code === 0x2b
}

/** Position of the closing quote, from any place in the string that no escape crosses. */
function endOfString(json, from) {
  let place = from
  while (place < json.length) {
    const code = charCodeAt(json, place)
    if (code === quote) break
    place += code === backslash ? 2 : 1
  }
  return place
}

function skipSpace(json, from) {
  let place = from
  while (isSpace(charCodeAt(json, place))) place++
  return place
}

function isSpace(code) {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d
}

function isDigit(code) {
  return code >= zero && code <= nine
}
