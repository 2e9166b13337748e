/**
 * The scanner in WebAssembly: `assembly/validate.ts` proves grammar, depth and keys, `isUtf8` the encoding. What they do not prove
 * goes to the scanner in JavaScript, which names the fault; should it find none, one of them is wrong and the scan fails loudly.
 */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { BodyForm, RecordFault, RecordLimits, RecordScanner, Records } from './records.ts'
import { bodyStart, type JsScanner, openJsScanner } from './scan-js.ts'
import { LINE_FEED } from './tokens.ts'
import { openWasmRoom, type WasmExports } from './wasm-room.ts'

/** What `assembly/validate.ts` exports. */
export interface Validate extends WasmExports {
  configure(
    depthMax: number,
    eventBytesMax: number,
    recordsMax: number,
    keyBytesMax: number,
    objectKeysMax: number,
  ): void
  bordersAddress(): number
  bodyAddress(): number
  /** -1: the body as a whole is not proved, or holds too many records. */
  scanJson(offset: number, length: number): number
  scanNdjson(offset: number, length: number): number
  unprovedCount(): number
  /** 1 only if the body of the last scan is ASCII. */
  isAscii(): number
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmScanner(limits: RecordLimits): RecordScanner {
  const { depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax } = limits
  if (depthMax > DEPTH_MAX) throw new RangeError(`depthMax is ${depthMax}, at most ${DEPTH_MAX} is possible`)
  const module = new WebAssembly.Module(readFileSync(new URL('./validate.wasm', import.meta.url)))
  const js = openJsScanner(limits)
  const room = openWasmRoom<Validate>(module, (validate) =>
    validate.configure(depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax),
  )
  const bytesBeside = CONSTANT_BYTES + 3 * 4 * requestEventsMax
  return {
    scan(body, form) {
      const validate = room.enter(bytesBeside + Math.ceil(body.length * 1.125))
      try {
        const memory = new Uint8Array(validate.memory.buffer, validate.bodyAddress())
        memory.set(body)
        if (form === 'ndjson' && !isUtf8(body)) spoilLinesOfOtherEncoding(body, memory)
        const count =
          form === 'json'
            ? validate.scanJson(bodyStart(body), body.length)
            : validate.scanNdjson(bodyStart(body), body.length)
        const isProved = count >= 0 && (form === 'ndjson' || validate.isAscii() === 1 || isUtf8(body))
        return isProved ? recordsOf(validate, requestEventsMax, count, js, body, form) : explained(js, body, form)
      } finally {
        room.leave()
      }
    },
  }
}

/** Puts a control character, which no JSON begins with, at the start of each line that is no UTF-8. */
function spoilLinesOfOtherEncoding(body: Uint8Array, memory: Uint8Array): void {
  let at = bodyStart(body)
  while (at < body.length) {
    const feed = body.indexOf(LINE_FEED, at)
    const end = feed === -1 ? body.length : feed
    if (!isUtf8(body.subarray(at, end))) memory[at] = 1
    at = end + 1
  }
}

function recordsOf(
  validate: Validate,
  stride: number,
  count: number,
  js: JsScanner,
  body: Uint8Array,
  form: BodyForm,
): Records {
  const borders = new Uint32Array(validate.memory.buffer, validate.bordersAddress(), 3 * stride)
  const starts = borders.slice(0, count)
  const ends = borders.slice(stride, stride + count)
  const faults: RecordFault[] = []
  let left = validate.unprovedCount()
  for (let index = 0; left > 0; index++) {
    const line = borders[2 * stride + index]!
    if (line === 0) continue
    left--
    const [start, end] = [starts[index]!, ends[index]!]
    const found =
      form === 'json' ? js.elementFault(body, start, end, index) : js.lineFault(body, start, end, index, line)
    if (!found) throw new Error(`Record ${index} of a body was not proved, yet nothing is wrong with it`)
    faults.push(found)
  }
  return { count, starts, ends, faults }
}

/** @throws JsonFault Always: the body was not proved. */
function explained(js: JsScanner, body: Uint8Array, form: BodyForm): never {
  js.scan(body, form)
  throw new Error('A body was not proved, yet nothing is wrong with it')
}

/** `DEPTH_MAX` of `assembly/validate.ts`. */
const DEPTH_MAX = 1024
/** More than the module's constants, and what it may read past the rest. */
const CONSTANT_BYTES = 24 * 1024
