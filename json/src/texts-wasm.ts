/** The reader of texts in WebAssembly: `assembly/unescape.ts` and `assembly/validate.ts` in one memory. */
import { readFileSync } from 'node:fs'
import type { RecordLimits } from './records.ts'
import type { Validate } from './scan-wasm.ts'
import type { TextReader, TextRecords } from './text-reader.ts'
import { OPEN_BRACKET, QUOTE, skipSpace } from './tokens.ts'
import { openWasmRoom } from './wasm-room.ts'

/** What `assembly/validate.ts` exports of `assembly/unescape.ts`. */
interface Texts extends Validate {
  moveBody(at: number): void
  outputEndAddress(): number
  unescapeString(at: number, to: number): number
  unescapeLines(at: number, end: number, to: number): number
}

/** A text that was read, and where its lines would be written: each with room behind it for what is noted of it. */
interface Held {
  readonly texts: Texts
  readonly textAt: number
  readonly textBytes: number
  readonly linesAt: number
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmTextReader(limits: RecordLimits): TextReader {
  const { depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax } = limits
  const module = new WebAssembly.Module(readFileSync(new URL('./validate.wasm', import.meta.url)))
  const room = openWasmRoom<Texts>(module, (texts) =>
    texts.configure(depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax),
  )
  let held: Held | undefined

  /** Undefined unless all are proved. `found`: what the scan of the bytes at `at` said. */
  function recordsOf(texts: Texts, payload: Uint8Array, found: number): TextRecords | undefined {
    if (found < 0 || texts.unprovedCount() > 0) return undefined
    const borders = new Uint32Array(texts.memory.buffer, texts.bordersAddress(), 2 * requestEventsMax)
    const ends = borders.slice(requestEventsMax, requestEventsMax + found)
    return { starts: borders.slice(0, found), ends, payload }
  }

  /** Undefined too if the text is no array of texts. */
  function recordsOfLines({ texts, textAt, textBytes, linesAt }: Held, into: Uint8Array): TextRecords | undefined {
    const count = texts.unescapeLines(textAt, textAt + textBytes, linesAt)
    if (count < 0) return undefined
    const payload = copyOf(texts, linesAt, texts.outputEndAddress() - linesAt, into) // before line feeds are overwritten
    texts.moveBody(linesAt)
    const found = texts.scanNdjson(0, payload.length)
    return found === count ? recordsOf(texts, payload, found) : undefined
  }

  function recordsOfObjects({ texts, textAt, textBytes }: Held, into: Uint8Array): TextRecords | undefined {
    texts.moveBody(textAt)
    const found = texts.scanJson(0, textBytes)
    return found < 0 ? undefined : recordsOf(texts, copyOf(texts, textAt, textBytes, into), found)
  }

  return {
    read(body, start) {
      held = undefined
      const inputBytes = body.length - start
      const placeBytes = (Math.ceil(inputBytes * 1.125) + GAP_BYTES) & ~15
      const texts = room.enter(BYTES_BESIDE + 12 * requestEventsMax + 2 * placeBytes + inputBytes)
      try {
        const linesAt = (texts.bordersAddress() + 12 * requestEventsMax + 15) & ~15
        const textAt = linesAt + placeBytes
        const inputAt = textAt + placeBytes
        const memory = new Uint8Array(texts.memory.buffer)
        memory.set(body.subarray(start), inputAt)
        memory[inputAt + inputBytes] = 0
        const tokenEnd = texts.unescapeString(inputAt, textAt)
        if (tokenEnd === 0) return undefined
        const textBytes = texts.outputEndAddress() - textAt
        memory[textAt + textBytes] = 0
        held = { texts, textAt, textBytes, linesAt }
        return { text: memory.subarray(textAt, textAt + textBytes), end: start + tokenEnd - inputAt }
      } finally {
        room.leave()
      }
    },
    records(into) {
      const text = held
      held = undefined
      if (text === undefined) return undefined
      const { texts, textAt, textBytes } = text
      const first = new Uint8Array(texts.memory.buffer, textAt, textBytes)
      return isArrayOfTexts(first) ? recordsOfLines(text, into) : recordsOfObjects(text, into)
    },
  }
}

function isArrayOfTexts(text: Uint8Array): boolean {
  const open = skipSpace(text, 0)
  return text[open] === OPEN_BRACKET && text[skipSpace(text, open + 1)] === QUOTE
}

function copyOf({ memory }: Texts, at: number, byteLength: number, into: Uint8Array): Uint8Array {
  const copy = into.subarray(0, byteLength)
  copy.set(new Uint8Array(memory.buffer, at, byteLength))
  return copy
}

/** Behind a text, for what is noted of it and what is read and written past it. */
const GAP_BYTES = 512
/** More than the module's constants, and what is read past the input. */
const BYTES_BESIDE = 32 * 1024
