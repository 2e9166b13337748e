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
import { metadataOf, metadataOfRun } from './metadata.js'
import { setPrintedBytesMax, takePrinted } from './printing.js'
import { checked, listOf, setResultLimits, unchanged, withMetadata, written } from './results.js'

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
/** What the request says of the events, which of it is about the next one, and of a run which one. */
let events
let nextEntry = 0
let nextOfRun = 0
/** How many events there are, and what became of each. */
let count = 0
let outcomes = { __proto__: null }
/** Of the body that is read: whole lines, or events that were read at once. */
let lines = ''
let lineStart = 0
let read = []
let nextRead = 0
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
  nextEntry = 0
  nextOfRun = 0
  count = 0
  for (let entry = 0; entry < events.length; entry++) count += isRun(events[entry]) ? events[entry][0] : 1
  outcomes = { __proto__: null }
  parts = body
  nextPart = 0
  lines = ''
  lineStart = 0
  read = []
  nextRead = 0
  done = 0
  return request.careful ? -count : count
}

function isRun(entry) {
  return typeof entry[0] === 'number'
}

/** All events of the chunk in one go. */
export function all() {
  while (done < count) one(done)
}

/** One event, the next. */
export function one(index) {
  const event = nextEvent()
  const about = events[nextEntry]
  const place = nextOfRun
  if (isRun(about) && place + 1 < about[0]) nextOfRun++
  else {
    nextEntry++
    nextOfRun = 0
  }
  restoreStackTraceLimit()
  outcomes[index] = outcomeOf(event, about, place)
  done = index + 1
}

/** How many events are done, whatever their code did afterwards. */
export function progress() {
  return done
}

/** The event failed for a reason that only the outside sees. */
export function fail(index, code, message) {
  outcomes[index] = failed(faultOf(code, message, first === last ? first.module : undefined))
  done = index + 1
}

/** The head of the answer; `part` gives its body. Nothing while there are events to do. */
export function end() {
  if (done < count) return ''
  let faults = ''
  let outputs = 0
  let isEachOne = true
  let isChanged = false
  for (let index = 0; index < done; index++) {
    const outcome = outcomes[index]
    if (outcome.count !== 1) isEachOne = false
    if (outcome.count < 0) faults += `${faults === '' ? '' : ','}{"index":${index},${outcome.fault}}`
    else {
      outputs += outcome.count
      if (outcome.heads !== undefined) isChanged = true
    }
  }
  given = 0
  const printed = stringify(takePrinted())
  const counts = isEachOne ? done : `[${allCounts()}]`
  const heads = isChanged ? `[${allHeads()}]` : outputs
  return `{"kind":"ran","counts":${counts},"outputs":${heads},"faults":[${faults}],"printed":${printed}}`
}

function allCounts() {
  let counts = ''
  for (let index = 0; index < done; index++) counts += index === 0 ? outcomes[index].count : `,${outcomes[index].count}`
  return counts
}

function allHeads() {
  let heads = ''
  for (let index = 0; index < done; index++) {
    const outcome = outcomes[index]
    for (let place = 0; place < outcome.count; place++) {
      const head = outcome.heads === undefined ? unchanged : (outcome.heads[place] ?? unchanged)
      heads += heads === '' ? head : `,${head}`
    }
  }
  return heads
}

/** Of how many events the lines were given. */
let given = 0
/** Longer texts lie in memory of their own, which costs more than to write them. */
const partLength = 32 * 1024

/** A line for each output, some at once, the next with each call; at last nothing. */
export function part() {
  let text = ''
  while (text.length < partLength && given < done) text += outcomes[given++].lines
  return text
}

function nextEvent() {
  if (nextRead >= read.length && lineStart >= lines.length && nextPart < parts.length) openPart(parts[nextPart++])
  if (nextRead < read.length) return read[nextRead++]
  const line = nextLine()
  return mayNeedExactness && needsExactness(line) ? parseExactly(line) : parse(line)
}

function openPart(part) {
  nextRead = 0
  lineStart = 0
  if (part[0] === '[') {
    read = parse(part)
    lines = ''
  } else {
    read = []
    lines = part
    mayNeedExactness = needsExactness(lines)
  }
}

function nextLine() {
  let lineEnd = indexOf(lines, '\n', lineStart)
  if (lineEnd < 0) lineEnd = lines.length
  const line = slice(lines, lineStart, lineEnd)
  lineStart = lineEnd + 1
  return line
}

const dropped = { count: 0, heads: undefined, lines: '', fault: '' }

function failed(fault) {
  return { count: -1, heads: undefined, lines: '', fault }
}

/** `place` is that in a run. */
function outcomeOf(event, about, place) {
  const isOfRun = isRun(about)
  const type = types[isOfRun ? about[4] : about[2]]
  const metadata = isOfRun
    ? metadataOfRun(about, place, inputs[about[3]], type)
    : metadataOf(about, inputs[about[1]], type)
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
  let heads
  let text = ''
  for (let item = 0; item < list.length; item++) {
    const outcome = through(step, withMetadata(list[item], metadata), type, timestamp)
    if (outcome.count < 0) return outcome
    if (outcome.count === 0) continue
    if (outcome.heads !== undefined) {
      heads ??= { __proto__: null }
      for (let place = 0; place < outcome.count; place++) heads[count + place] = outcome.heads[place]
    }
    text += outcome.lines
    count += outcome.count
  }
  return checked({ count, heads, lines: text, fault: '' })
}
