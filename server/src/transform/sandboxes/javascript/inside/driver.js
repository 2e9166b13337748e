/**
 * Runs inside of the isolate, between the process and the users' code: text in, text out. Events are parsed, go through the users'
 * `transform` functions, and are written again; each is on its own, so that what one fails on costs no other.
 *
 * It relies on nothing that users' code can change: built-ins are those of `intrinsics.js`, and what is kept are own properties of
 * objects that the code never sees.
 */
import './intrinsics.js'
import './hardening.js'
import { needsExactness, parseExactly } from './exact-json.js'
import { faultOf, messageOf, setModuleNames } from './faults.js'
import { provide } from './globals.js'
import { indexOf, parse, restoreStackTraceLimit, slice, stringify } from './intrinsics.js'
import { metadataOf } from './metadata.js'
import { setPrintedBytesMax, takePrinted } from './printing.js'
import { checked, listOf, setResultLimits, withMetadata, written } from './results.js'

/** The `transform` that is called first, and with it those after it. */
let first
let last

/** Before any of the users' code runs: a LoadRequest as JSON. */
export function prepare(json) {
  const { modules, secrets, lookups, limits } = parseExactly(json)
  const names = { __proto__: null }
  for (let place = 0; place < modules.length; place++) names[modules[place].name] = true
  setModuleNames(names)
  setPrintedBytesMax(limits.printedBytesMax)
  setResultLimits(limits)
  provide(secrets, lookups)
}

/** The next module of the order, by its namespace. False: there is no function to call. */
export function add(module, namespace) {
  const transform = namespace.transform ?? namespace.default
  if (typeof transform !== 'function') return false
  const step = { module, transform, next: undefined }
  if (last === undefined) first = step
  else last.next = step
  last = step
  return true
}

let inputs
let types
/** For each event first what the request says of it, then what became of it. */
let events
/** Of the body that is read: whole lines. */
let lines = ''
let lineStart = 0
/** Those after it. */
let parts
let nextPart = 0
let mayNeedExactness = false
let done = 0

/** A chunk of events: head and body of a run request. Returns how many there are, negative where care was asked for. */
export function begin(head, ...body) {
  const request = parse(head)
  inputs = request.inputs
  types = request.types
  events = request.events
  parts = body
  nextPart = 0
  lines = ''
  lineStart = 0
  done = 0
  return request.careful ? -events.length : events.length
}

/** All events of the chunk in one go. */
export function all() {
  while (done < events.length) one(done)
}

/** One event, the next. */
export function one(index) {
  const line = nextLine()
  const about = events[index]
  restoreStackTraceLimit()
  events[index] = outcomeOf(line, about)
  done = index + 1
}

/** How many events are done, whatever their code did afterwards. */
export function progress() {
  return done
}

/** The event failed for a reason that only the outside sees. */
export function fail(index, code, message) {
  events[index] = failed(faultOf(code, message, first === last ? first.module : undefined))
  done = index + 1
}

/** The head of the answer; `part` gives its body. Nothing while there are events to do. */
export function end() {
  if (done < events.length) return ''
  let counts = ''
  let heads = ''
  let faults = ''
  for (let index = 0; index < done; index++) {
    const outcome = events[index]
    counts += index === 0 ? outcome.count : `,${outcome.count}`
    if (outcome.count < 0) faults += `${faults === '' ? '' : ','}{"index":${index},${outcome.fault}}`
    else if (outcome.count > 0) heads += heads === '' ? outcome.heads : `,${outcome.heads}`
  }
  given = 0
  const printed = stringify(takePrinted())
  return `{"kind":"ran","counts":[${counts}],"outputs":[${heads}],"faults":[${faults}],"printed":${printed}}`
}

/** Of how many events the lines were given. */
let given = 0
/** Longer texts lie in memory of their own, which costs more than to write them. */
const partLength = 32 * 1024

/** A line for each output, some at once, the next with each call; at last nothing. */
export function part() {
  let text = ''
  while (text.length < partLength && given < done) text += events[given++].lines
  return text
}

function nextLine() {
  if (lineStart >= lines.length && nextPart < parts.length) {
    lines = parts[nextPart++]
    lineStart = 0
    mayNeedExactness = needsExactness(lines)
  }
  let lineEnd = indexOf(lines, '\n', lineStart)
  if (lineEnd < 0) lineEnd = lines.length
  const line = slice(lines, lineStart, lineEnd)
  lineStart = lineEnd + 1
  return line
}

const dropped = { count: 0, heads: '', lines: '', fault: '' }

function failed(fault) {
  return { count: -1, heads: '', lines: '', fault }
}

function outcomeOf(line, about) {
  const event = mayNeedExactness && needsExactness(line) ? parseExactly(line) : parse(line)
  const type = types[about[2]]
  const metadata = metadataOf(about, inputs[about[1]], type)
  const timestamp = metadata['@timestamp']
  event._metadata = metadata
  return through(first, event, type, timestamp)
}

/** The event through a transform and those after it. */
function through({ module, transform, next }, event, type, timestamp) {
  let result
  try {
    result = transform(event)
  } catch (error) {
    return failed(faultOf('transform_error', messageOf(error), module, error))
  }
  if (result === null || result === undefined) return dropped
  try {
    if (next === undefined) return written(result, type, timestamp)
    return throughAll(next, listOf(result), event._metadata, type, timestamp)
  } catch (error) {
    return failed(faultOf('transform_output', messageOf(error), module, error))
  }
}

/** Each of what one event became. If one fails, the event fails. */
function throughAll(step, list, metadata, type, timestamp) {
  let count = 0
  let heads = ''
  let text = ''
  for (let item = 0; item < list.length; item++) {
    const outcome = through(step, withMetadata(list[item], metadata), type, timestamp)
    if (outcome.count < 0) return outcome
    if (outcome.count === 0) continue
    heads += count === 0 ? outcome.heads : `,${outcome.heads}`
    text += outcome.lines
    count += outcome.count
  }
  return checked({ count, heads, lines: text, fault: '' })
}
