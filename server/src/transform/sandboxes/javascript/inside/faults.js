/** Runs inside of the isolate: what an error says and where in the users' code it arose, whatever the code made of the error. */
import { exec, indexOf, slice, stringify, symbolText, text } from './intrinsics.js'

const messageMax = 2_000

/** Names of the users' modules: of other files nothing is told. */
let moduleNames = { __proto__: null }

export function setModuleNames(names) {
  moduleNames = names
}

/** A fault as JSON, without its index. `module` is that whose `transform` ran. */
export function faultOf(code, message, module, error) {
  const place = (error !== undefined && attempt(placeOf, error)) || undefined
  let fault = `"code":"${code}","message":${stringify(slice(message, 0, messageMax))}`
  if (place !== undefined) fault += `,"module":"${place.module}","line":${place.line},"column":${place.column}`
  else if (module !== undefined) fault += `,"module":"${module}"`
  return fault
}

/** As `TypeError: x is not a function`. */
export function messageOf(thrown) {
  return attempt(describe, thrown) || 'Something was thrown that cannot be shown'
}

function describe(thrown) {
  if (typeof thrown === 'symbol') return symbolText(thrown)
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) return text(thrown)
  const { name, message } = thrown
  if (typeof message === 'string')
    return typeof name === 'string' && name !== '' ? (message === '' ? name : `${name}: ${message}`) : message
  return typeof thrown === 'function' ? 'A function was thrown' : slice(text(stringify(thrown)), 0, messageMax)
}

/** The first frame that is in the users' code, line and column from 1. */
function placeOf(error) {
  if (typeof error !== 'object' || error === null) return undefined
  const { stack } = error
  if (typeof stack !== 'string') return undefined
  let at = afterMessage(stack, error)
  while (at < stack.length) {
    let end = indexOf(stack, '\n', at)
    if (end < 0) end = stack.length
    const frame = exec(/^ +at (?:.* )?\(?([A-Za-z_]\w{0,200}):(\d{1,9}):(\d{1,9})\)?$/, slice(stack, at, end))
    if (frame !== null && moduleNames[frame[1]] === true)
      return { module: frame[1], line: +frame[2] || 1, column: +frame[3] || 1 }
    at = end + 1
  }
  return undefined
}

/** A message can look like a frame. */
function afterMessage(stack, error) {
  const { message } = error
  const at = typeof message === 'string' && message !== '' ? indexOf(stack, message) : -1
  return at < 0 ? 0 : at + message.length
}

function attempt(look, value) {
  try {
    return look(value)
  } catch {
    return undefined
  }
}
