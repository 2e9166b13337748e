/**
 * Runs inside of the isolate. Values as a person reads them, as Node shows plain ones: keys and items, two levels deep, over several
 * lines where they are long.
 */
import {
  charCodeAt,
  exec,
  functionText,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  indexOf,
  is,
  isArray,
  isoOf,
  keys,
  mapForEach,
  mapSize,
  objectPrototype,
  regexpText,
  setForEach,
  setSize,
  slice,
  symbolText,
  text,
  timeOf,
} from './intrinsics.js'

const [depthMax, widthMax, itemsMax, textMax] = [2, 76, 100, 10_000]

export function show(value) {
  return showAt(value, { __proto__: null, object: undefined, above: undefined, depth: 0 }, 0)
}

export function showNumber(number) {
  return is(number, -0) ? '-0' : text(number)
}

/** `place` is the object that holds the value, with those above it. */
function showAt(value, place, indent) {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return showNumber(value)
    case 'bigint':
      return `${value}n`
    case 'symbol':
      return symbolText(value)
    case 'function':
      return showFunction(value)
    case 'object':
      return value === null ? 'null' : showObject(value, place, indent)
    default:
      return text(value)
  }
}

function showObject(object, place, indent) {
  for (let holder = place; holder !== undefined; holder = holder.above)
    if (holder.object === object) return '[Circular]'
  const isList = isArray(object)
  const whole = isList ? undefined : attempt(showWhole, object)
  if (whole !== undefined) return whole
  const name = nameOf(object, isList)
  if (place.depth > depthMax) return `[${name || (isList ? 'Array' : 'Object')}]`
  const here = { __proto__: null, object, above: place, depth: place.depth + 1 }
  const parts = new Parts(indent)
  const kind = isList ? 'Array' : (attempt(listMap, object, here, parts) ?? attempt(listSet, object, here, parts))
  if (isList) listItems(object, here, parts)
  else listKeys(object, here, parts)
  const prefix = isList || kind ? (kind === 'Array' ? '' : `${kind} `) : name && `${name} `
  return prefix + parts.joined(isList ? '[' : '{', isList ? ']' : '}')
}

/** Parts of an object, in one line if they fit. */
class Parts {
  #indent
  #line = ''
  #lines = ''
  #isLong = false
  count = 0

  constructor(indent) {
    this.#indent = indent
  }

  get indent() {
    return this.#indent + 2
  }

  add(part) {
    const comma = this.count++ === 0 ? '' : ','
    this.#line += `${comma} ${part}`
    this.#lines += `${comma}\n${spaces(this.indent)}${part}`
    this.#isLong ||= this.#line.length > widthMax || indexOf(part, '\n') >= 0
  }

  joined(open, close) {
    if (this.count === 0) return open + close
    return this.#isLong ? `${open}${this.#lines}\n${spaces(this.#indent)}${close}` : `${open}${this.#line} ${close}`
  }
}

function spaces(count) {
  let made = ''
  while (made.length < count) made += ' '
  return made
}

function listItems(array, here, parts) {
  const { length } = array
  for (let item = 0; item < length && item < itemsMax; item++) parts.add(showAt(array[item], here, parts.indent))
  if (length > itemsMax) parts.add(`... ${length - itemsMax} more item${length === itemsMax + 1 ? '' : 's'}`)
}

function listKeys(object, here, parts) {
  const names = keys(object)
  for (let place = 0; place < names.length && place < itemsMax; place++) {
    const key = names[place]
    const { get, value } = getOwnPropertyDescriptor(object, key)
    const shown = get === undefined ? showAt(value, here, parts.indent) : '[Getter]'
    parts.add(`${exec(/^[A-Za-z_][A-Za-z_0-9]*$/, key) === null ? quoted(key) : key}: ${shown}`)
  }
  if (names.length > itemsMax) parts.add(`... ${names.length - itemsMax} more`)
}

function listMap(map, here, parts) {
  const size = mapSize(map)
  mapForEach(map, (value, key) => {
    if (parts.count >= itemsMax) return
    parts.add(`${showAt(key, here, parts.indent)} => ${showAt(value, here, parts.indent)}`)
  })
  return `Map(${size})`
}

function listSet(set, here, parts) {
  const size = setSize(set)
  setForEach(set, (value) => {
    if (parts.count < itemsMax) parts.add(showAt(value, here, parts.indent))
  })
  return `Set(${size})`
}

/** Objects that are not shown by their keys. */
function showWhole(object) {
  const time = attempt(timeOf, object)
  if (time !== undefined) return is(time, NaN) ? 'Invalid Date' : isoOf(time)
  const { stack } = object
  if (typeof stack === 'string' && exec(/\n +at /, stack) !== null) return withoutOwnFrames(stack)
  return getPrototypeOf(object) === regexpPrototype ? regexpText(object) : undefined
}

/** A stack ends with the frames of the driver, which say nothing to whoever wrote the code. */
function withoutOwnFrames(stack) {
  const frame = exec(/\n +at (?:[\w ]+ \()?millrace\//, stack)
  return frame === null ? stack : slice(stack, 0, frame.index)
}

const regexpPrototype = getPrototypeOf(/./)

/** Name of the class, where it is not Object's or Array's own. */
function nameOf(object, isList) {
  const prototype = getPrototypeOf(object)
  if (prototype === null) return '[Object: null prototype]'
  if (prototype === objectPrototype || isList) return ''
  const made = getOwnPropertyDescriptor(prototype, 'constructor')?.value
  const name = typeof made === 'function' ? getOwnPropertyDescriptor(made, 'name')?.value : undefined
  return typeof name === 'string' ? name : ''
}

function showFunction(value) {
  const name = getOwnPropertyDescriptor(value, 'name')?.value
  const isNamed = typeof name === 'string' && name !== ''
  if (exec(/^class\b/, functionText(value)) !== null) return isNamed ? `[class ${name}]` : '[class (anonymous)]'
  return isNamed ? `[Function: ${name}]` : '[Function (anonymous)]'
}

function quoted(value) {
  const mark = indexOf(value, "'") < 0 ? "'" : indexOf(value, '"') < 0 ? '"' : indexOf(value, '`') < 0 ? '`' : "'"
  let shown = ''
  for (let at = 0; at < value.length && at < textMax; at++) {
    const code = charCodeAt(value, at)
    if (value[at] === mark || code === 0x5c) shown += `\\${value[at]}`
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
      shown += escapes[code] ?? `\\x${hex[code >> 4]}${hex[code & 15]}`
    else shown += value[at]
  }
  return mark + shown + mark + (value.length > textMax ? `... ${value.length - textMax} more characters` : '')
}

const hex = '0123456789ABCDEF'
const escapes = { __proto__: null, 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }

/** Nothing where the object is of another kind. */
function attempt(look, object, here, parts) {
  try {
    return look(object, here, parts)
  } catch {
    return undefined
  }
}
