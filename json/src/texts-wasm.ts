/** The reader of texts in WebAssembly: `assembly/unescape.ts` and `assembly/validate.ts` in one memory. */
import { isUtf8 } from 'node:buffer'
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
  decodeField(at: number, end: number, to: number): void
}

/**
 * A body, and where its text and then the lines in that would be written: each with room behind it for what is noted of it. Until
 * a text is read `textBytes` is -1.
 */
interface Held {
  readonly texts: Texts
  readonly memory: Uint8Array
  readonly pieces: readonly Uint8Array[]
  readonly linesAt: number
  readonly textAt: number
  readonly bodyAt: number
  textBytes: number
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmTextReader(limits: RecordLimits): TextReader {
  const { depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax } = limits
  const module = new WebAssembly.Module(readFileSync(new URL('./validate.wasm', import.meta.url)))
  const room = openWasmRoom<Texts>(module, (texts) =>
    texts.configure(depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax),
  )
  let held: Held | undefined

  /** The text that was just written. */
  function written(of: Held): Uint8Array {
    of.textBytes = of.texts.outputEndAddress() - of.textAt
    of.memory[of.textAt + of.textBytes] = 0
    return textOf(of)
  }

  /** What was read last, once; `held` stays, for the body may be read again. */
  function take(): Held | undefined {
    if (held === undefined || held.textBytes < 0) return undefined
    const taken = { ...held }
    held.textBytes = -1
    return taken
  }

  /** Undefined unless all are proved. `found`: what the scan of the bytes that are copied said. */
  function recordsOf(texts: Texts, payload: Uint8Array, found: number): TextRecords | undefined {
    if (found < 0 || texts.unprovedCount() > 0) return undefined
    const borders = new Uint32Array(texts.memory.buffer, texts.bordersAddress(), 2 * requestEventsMax)
    const ends = borders.slice(requestEventsMax, requestEventsMax + found)
    return { starts: borders.slice(0, found), ends, payload }
  }

  /** Of `byteLength` bytes at `at`. */
  function recordsOfNdjson(of: Held, at: number, byteLength: number): TextRecords | undefined {
    const payload = copyOf(of, at, byteLength) // before line feeds are overwritten
    of.texts.moveBody(at)
    return recordsOf(of.texts, payload, of.texts.scanNdjson(0, byteLength))
  }

  /** Undefined too if the text is no array of texts. */
  function recordsOfTexts(of: Held): TextRecords | undefined {
    const { texts, textAt, textBytes, linesAt } = of
    const count = texts.unescapeLines(textAt, textAt + textBytes, linesAt)
    if (count < 0) return undefined
    const records = recordsOfNdjson(of, linesAt, texts.outputEndAddress() - linesAt)
    return records?.starts.length === count ? records : undefined
  }

  function recordsOfObjects(of: Held): TextRecords | undefined {
    const { texts, textAt, textBytes } = of
    texts.moveBody(textAt)
    const found = texts.scanJson(0, textBytes)
    return found < 0 ? undefined : recordsOf(texts, copyOf(of, textAt, textBytes), found)
  }

  return {
    hold(pieces) {
      const byteLength = pieces.reduce((sum, piece) => sum + piece.length, 0)
      const placeBytes = (Math.ceil(byteLength * 1.125) + GAP_BYTES) & ~15
      const texts = room.enter(BYTES_BESIDE + 12 * requestEventsMax + 2 * placeBytes + byteLength)
      room.leave() // who works in it next comes by here first
      const linesAt = (texts.bordersAddress() + 12 * requestEventsMax + 15) & ~15
      const textAt = linesAt + placeBytes
      const bodyAt = textAt + placeBytes
      const memory = new Uint8Array(texts.memory.buffer)
      let end = bodyAt
      for (const piece of pieces) {
        memory.set(piece, end)
        end += piece.length
      }
      memory[end] = 0
      held = { texts, memory, pieces, linesAt, textAt, bodyAt, textBytes: -1 }
      return memory.subarray(bodyAt, end)
    },
    string(start) {
      const { texts, bodyAt, textAt } = held!
      const tokenEnd = texts.unescapeString(bodyAt + start, textAt)
      held!.textBytes = -1
      return tokenEnd === 0 ? undefined : { text: written(held!), end: tokenEnd - bodyAt }
    },
    field(start, end) {
      const { texts, bodyAt, textAt } = held!
      texts.decodeField(bodyAt + start, bodyAt + end, textAt)
      return written(held!)
    },
    records() {
      const of = take()
      return of && (isArrayOfTexts(textOf(of)) ? recordsOfTexts(of) : recordsOfObjects(of))
    },
    recordsOfLines() {
      const of = take()
      return of && isUtf8(textOf(of)) ? recordsOfNdjson(of, of.textAt, of.textBytes) : undefined
    },
  }
}

function textOf({ memory, textAt, textBytes }: Held): Uint8Array {
  return memory.subarray(textAt, textAt + textBytes)
}

function isArrayOfTexts(text: Uint8Array): boolean {
  const open = skipSpace(text, 0)
  return text[open] === OPEN_BRACKET && text[skipSpace(text, open + 1)] === QUOTE
}

function copyOf({ memory, pieces }: Held, at: number, byteLength: number): Uint8Array {
  const roomy = pieces.find(({ length }) => length >= byteLength)
  const copy = roomy?.subarray(0, byteLength) ?? Buffer.allocUnsafeSlow(byteLength)
  copy.set(memory.subarray(at, at + byteLength))
  return copy
}

/** Behind a text, for what is noted of it and what is read and written past it. */
const GAP_BYTES = 512
/** More than the module's constants, and what is read past the body. */
const BYTES_BESIDE = 32 * 1024
