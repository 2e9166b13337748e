/** The scanner in plain JavaScript: the fallback where there is no WebAssembly, the oracle of `scan-wasm.ts`, and what explains faults to both. */
import { Flaw, Prover, unexpected } from './prover.ts'
import {
  type BodyForm,
  JsonFault,
  type RecordFault,
  type RecordLimits,
  type RecordScanner,
  type Records,
} from './records.ts'
import { CARRIAGE_RETURN, CLOSE_BRACKET, COMMA, LINE_FEED, OPEN_BRACE, OPEN_BRACKET, skipSpace } from './tokens.ts'

export interface JsScanner extends RecordScanner {
  /** Why the element at `body[start .. end)`, proved JSON, is no fit record. */
  elementFault(body: Uint8Array, start: number, end: number, index: number): RecordFault | undefined
  /** Why the line at `body[start .. end)` holds no fit record; `line` counts from 1. */
  lineFault(body: Uint8Array, start: number, end: number, index: number, line: number): RecordFault | undefined
}

export function openJsScanner(limits: RecordLimits): JsScanner {
  const prover = new Prover(limits)
  return {
    scan: (body, form) => scan(prover, limits, body, form),
    elementFault(body, start, end, index) {
      prover.valueEnd(body, start)
      const flaw = prover.recordFlaw(body, start, end)
      return flaw && recordFaultOf(flaw, index)
    },
    lineFault(body, start, end, index, line) {
      const object = proveLine(prover, body.subarray(start, end))
      return object instanceof Flaw ? recordFaultOf(object, index, line) : undefined
    },
  }
}

/** Where the JSON of a body begins: after a byte order mark, if there is one. */
export function bodyStart(body: Uint8Array): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
}

function scan(prover: Prover, limits: RecordLimits, body: Uint8Array, form: BodyForm): Records {
  const found = new FoundRecords(limits.requestEventsMax)
  try {
    if (form === 'json') scanJson(prover, body, found)
    else scanNdjson(prover, body, found)
  } catch (flaw) {
    throw flaw instanceof Flaw ? new JsonFault(flaw.code, flaw.message, flaw.at) : flaw
  }
  return found.records()
}

function scanJson(prover: Prover, body: Uint8Array, found: FoundRecords): void {
  let at = skipSpace(body, bodyStart(body))
  if (at === body.length)
    throw new Flaw('invalid_json', 'the body is empty: expected a JSON object or an array of them,', at)
  const isArray = body[at] === OPEN_BRACKET
  const start = at
  at = isArray ? scanElements(prover, body, at, found) : prover.valueEnd(body, at)
  const rest = skipSpace(body, at)
  if (rest < body.length) throw unexpected(body, rest, 'the end of the body (several objects need an array, or NDJSON)')
  if (isArray) return
  if (body[start] !== OPEN_BRACE) throw prover.recordFlaw(body, start, at)
  found.add(start, at, prover.recordFlaw(body, start, at))
}

/** The end of the array that opens at `at`, each element of which is a record. */
function scanElements(prover: Prover, body: Uint8Array, at: number, found: FoundRecords): number {
  at = skipSpace(body, at + 1)
  if (body[at] === CLOSE_BRACKET) return at + 1
  while (true) {
    found.expectRoom(at)
    const end = prover.valueEnd(body, at)
    found.add(at, end, prover.recordFlaw(body, at, end))
    at = skipSpace(body, end)
    if (body[at] === CLOSE_BRACKET) return at + 1
    if (body[at] !== COMMA) throw unexpected(body, at, '"," or "]" after an element')
    at = skipSpace(body, at + 1)
  }
}

function scanNdjson(prover: Prover, body: Uint8Array, found: FoundRecords): void {
  let line = 0
  let at = bodyStart(body)
  while (at < body.length) {
    line++
    const feed = body.indexOf(LINE_FEED, at)
    const lineEnd = feed === -1 ? body.length : feed
    if (skipSpace(body, at) < lineEnd) {
      found.expectRoom(at)
      const end = body[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd
      const object = proveLine(prover, body.subarray(at, end))
      if (object instanceof Flaw) found.add(at, end, object, line)
      else found.add(at + object.start, at + object.end)
    }
    at = lineEnd + 1
  }
}

/** The borders of the object that is all of a line. */
function proveLine(prover: Prover, line: Uint8Array): { start: number; end: number } | Flaw {
  try {
    const start = skipSpace(line, 0)
    const end = prover.valueEnd(line, start)
    const rest = skipSpace(line, end)
    if (rest < line.length) return unexpected(line, rest, 'the end of the line')
    return prover.recordFlaw(line, start, end) ?? { start, end }
  } catch (error) {
    if (error instanceof Flaw) return error
    throw error
  }
}

class FoundRecords {
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #faults: RecordFault[] = []
  readonly #countMax: number

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  expectRoom(at: number): void {
    if (this.#starts.length < this.#countMax) return
    throw new Flaw('too_many_records', `more than ${this.#countMax} events in one request: the next one is`, at)
  }

  add(start: number, end: number, flaw?: Flaw, line?: number): void {
    if (flaw) this.#faults.push(recordFaultOf(flaw, this.#starts.length, line))
    this.#starts.push(start)
    this.#ends.push(end)
  }

  records(): Records {
    const starts = Uint32Array.from(this.#starts)
    return { count: starts.length, starts, ends: Uint32Array.from(this.#ends), faults: this.#faults }
  }
}

function recordFaultOf({ code, message }: Flaw, index: number, line?: number): RecordFault {
  if (code === 'too_many_records') throw new Error('A record cannot be too many records')
  return { index, code, message: line === undefined ? message : `${message} of line ${line}` }
}
