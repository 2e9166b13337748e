/**
 * Runs inside of the isolate, before any of the users' code: the built-in functions that the driver uses, as they were then. Users'
 * code may change its built-ins afterwards; the driver does not meet the change.
 */
const uncurry = Function.prototype.bind.bind(Function.prototype.call)

export const { parse, stringify, rawJSON } = JSON
export const { isArray } = Array
export const { is, freeze, keys, getPrototypeOf, getOwnPropertyDescriptor, defineProperty } = Object
export const objectPrototype = Object.prototype
export const text = String
export const bigint = BigInt
export const parseTime = Date.parse
export const charCodeAt = uncurry(String.prototype.charCodeAt)
export const indexOf = uncurry(String.prototype.indexOf)
export const slice = uncurry(String.prototype.slice)
export const hasOwn = uncurry(Object.prototype.hasOwnProperty)
export const exec = uncurry(RegExp.prototype.exec)
export const symbolText = uncurry(Symbol.prototype.toString)
export const ignoreRejection = uncurry(Promise.prototype.catch)
export const timeOf = uncurry(Date.prototype.getTime)

const dateText = uncurry(Date.prototype.toISOString)
const PlainDate = Date
/** ms since 1970 UTC as ISO 8601. */
export const isoOf = (ms) => dateText(new PlainDate(ms))

export const regexpText = uncurry(RegExp.prototype.toString)
export const functionText = uncurry(Function.prototype.toString)
export const mapForEach = uncurry(Map.prototype.forEach)
export const setForEach = uncurry(Set.prototype.forEach)
export const mapSize = uncurry(getOwnPropertyDescriptor(Map.prototype, 'size').get)
export const setSize = uncurry(getOwnPropertyDescriptor(Set.prototype, 'size').get)

const PlainError = Error
const setProperty = Reflect.set
/** Frames that a stack has; the code may set fewer, which is to cost it the place of its own error alone. */
export const framesMax = 20
export const restoreStackTraceLimit = () => {
  if (PlainError.stackTraceLimit !== framesMax) setProperty(PlainError, 'stackTraceLimit', framesMax)
}
