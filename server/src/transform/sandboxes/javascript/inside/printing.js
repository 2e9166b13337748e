/** Runs inside of the isolate: what `console.log` and its like print is kept up to a bound; what is beyond is counted. */
import { defineProperty, freeze, indexOf, slice, stringify, symbolText, text } from './intrinsics.js'
import { show, showNumber } from './showing.js'
import { utf8Length } from './utf8.js'

let printed = ''
let bytesMax = 0
let bytesLeft = 0
let linesLeftOut = 0

export function setPrintedBytesMax(bytes) {
  bytesMax = bytes
  bytesLeft = bytes
}

/** What was printed since the last time. */
export function takePrinted() {
  const taken = linesLeftOut === 0 ? printed : `${printed}… ${linesLeftOut} more left out\n`
  printed = ''
  linesLeftOut = 0
  bytesLeft = bytesMax
  return taken
}

function print(...values) {
  if (bytesLeft <= 0) {
    linesLeftOut++
    return
  }
  const line = `${lineOf(values)}\n`
  const bytes = utf8Length(line)
  if (bytes <= bytesLeft) printed += line
  else {
    linesLeftOut++
    const start = slice(line, 0, bytesLeft / 3) // three bytes are the most that a UTF-16 unit takes
    if (start !== '') printed += `${start}…\n`
  }
  bytesLeft -= bytes
}

const printer = { __proto__: null, log: print, info: print, warn: print, error: print, debug: print }
freeze(print)
defineProperty(globalThis, 'console', { value: freeze(printer), writable: false, configurable: false })

function lineOf(values) {
  const first = values[0]
  let next = 0
  let line = ''
  if (typeof first === 'string' && values.length > 1 && indexOf(first, '%') >= 0) {
    const filled = { __proto__: null, values, next: 1 }
    line = fillIn(first, filled)
    next = filled.next
  }
  for (; next < values.length; next++) {
    const value = values[next]
    const shown = typeof value === 'string' ? value : show(value)
    line = next === 0 ? shown : `${line} ${shown}`
  }
  return line
}

/** `%s` and its like in the format stand for the values after it. */
function fillIn(format, filled) {
  let line = ''
  let last = 0
  for (let at = indexOf(format, '%', 0); at >= 0; at = indexOf(format, '%', last)) {
    line += slice(format, last, at)
    last = at + 2
    const kind = format[at + 1]
    if (kind === '%') line += '%'
    else if (filled.next < filled.values.length && kind !== undefined && indexOf('sdifjoOc', kind) >= 0)
      line += showAs(kind, filled.values[filled.next++])
    else {
      line += '%'
      last = at + 1
    }
  }
  return line + slice(format, last)
}

function showAs(kind, value) {
  if (kind === 'c') return ''
  if (kind === 'j') return text(stringify(value))
  if (kind === 'o' || kind === 'O') return show(value)
  if (kind === 's')
    return typeof value === 'string' ? value : typeof value === 'symbol' ? symbolText(value) : show(value)
  if (typeof value === 'bigint' && kind !== 'f') return `${value}n`
  if (typeof value === 'symbol' || (typeof value === 'object' && value !== null)) return 'NaN'
  const number = +text(value)
  return showNumber(kind === 'i' ? number - (number % 1) : number)
}
