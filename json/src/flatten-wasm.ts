/** The flattener in WebAssembly: `assembly/flatten.ts`. There is none in JavaScript: who uses it can do without. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { BatchFlattener, FlatLayout, FlatRows, Flattener } from './flattener.ts'
import type { RecordLimits } from './records.ts'
import { bodyStart } from './scan-js.ts'
import type { Validate } from './scan-wasm.ts'
import { openWasmRoom, type WasmExports } from './wasm-room.ts'

/** What `assembly/flatten.ts` exports, of `assembly/validate.ts` too. */
interface Flatten extends WasmExports {
  bordersAddress(): number
  configure: Validate['configure']
  configureFields(kind: number, name: number, time: number): void
  configureTable(table: number, fields: number, names: number, kinds: number): void
  moveBody(at: number): void
  /** -1: it is not proved, has too many records, or the array is not there, or not plainly. */
  scanMember(offset: number, length: number, key: number, keyLength: number): number
  arrayStartOffset(): number
  arrayEndOffset(): number
  unprovedCount(): number
  flatten(starts: number, count: number, kind: number, body: number, bodyEnd: number, ends: number, to: number): number
  flattenNoted(starts: number, count: number, kind: number, body: number, found: number, to: number): number
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmFlattener(layout: FlatLayout): Flattener {
  const { room, table } = openRoom(layout, 0, () => {})
  const foundBytes = foundBytesOf(layout)
  return {
    flatten(body, starts, kind = NONE) {
      const count = starts.length
      const numbersBytes = (4 + foundBytes) * count + 8
      const instance = room.enter(table.byteLength + numbersBytes + bytesOf(body, count))
      try {
        const startsAt = instance.bordersAddress() + table.byteLength
        const foundAt = (startsAt + 4 * count + 7) & ~7
        const bodyAt = (startsAt + numbersBytes + 15) & ~15
        const bodyEnd = bodyAt + body.length
        const rowsAt = rowsBehind(bodyAt, body)
        new Uint32Array(instance.memory.buffer, startsAt).set(starts)
        new Uint8Array(instance.memory.buffer, bodyAt).set(body)
        const leftCount = instance.flatten(startsAt, count, kind, bodyAt, bodyEnd, foundAt, rowsAt)
        return { ...written(instance, layout, count, foundAt, rowsAt), leftCount }
      } finally {
        room.leave()
      }
    },
  }
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmBatchFlattener(layout: FlatLayout, key: string, limits: RecordLimits): BatchFlattener {
  const { depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax } = limits
  const bordersBytes = 12 * requestEventsMax
  const { room, table } = openRoom(layout, bordersBytes, (flatten) =>
    flatten.configure(depthMax, eventBytesMax, requestEventsMax, keyBytesMax, objectKeysMax),
  )
  const token = Buffer.from(JSON.stringify(key))
  const foundBytes = foundBytesOf(layout)
  return {
    flatten(body) {
      if (!isUtf8(body)) return undefined
      const bytesBefore = bordersBytes + table.byteLength + token.length
      const instance = room.enter(bytesBefore + bytesOf(body, 0))
      try {
        const startsAt = instance.bordersAddress()
        const tokenAt = startsAt + bordersBytes + table.byteLength
        const bodyAt = (tokenAt + token.length + 15) & ~15
        const memory = new Uint8Array(instance.memory.buffer)
        memory.set(token, tokenAt)
        memory.set(body, bodyAt)
        instance.moveBody(bodyAt)
        const count = instance.scanMember(bodyStart(body), body.length, tokenAt, token.length)
        if (count < 0 || instance.unprovedCount() > 0) return undefined
        const foundAt = (rowsBehind(bodyAt, body) + 7) & ~7
        const rowsAt = foundAt + foundBytes * count
        room.enter(rowsAt + body.length + count * ADDED_BYTES + BYTES_BESIDE) // now that it is known how many there are
        const leftCount = instance.flattenNoted(startsAt, count, NONE, bodyAt, foundAt, rowsAt)
        const borders = new Uint32Array(instance.memory.buffer, startsAt, 2 * requestEventsMax)
        return {
          ...written(instance, layout, count, foundAt, rowsAt),
          leftCount,
          starts: borders.slice(0, count),
          recordEnds: borders.slice(requestEventsMax, requestEventsMax + count),
          arrayStart: instance.arrayStartOffset(),
          arrayEnd: instance.arrayEndOffset(),
        }
      } finally {
        room.leave()
      }
    },
  }
}

function openRoom(layout: FlatLayout, bordersBytes: number, prepare: (flatten: Flatten) => void) {
  const { fields, kinds, taken, kindField, nameField, timeField } = layout
  const module = new WebAssembly.Module(readFileSync(new URL('./flatten.wasm', import.meta.url)))
  const table = tableOf(layout)
  const room = openWasmRoom<Flatten>(module, (flatten) => {
    const at = flatten.bordersAddress() + bordersBytes
    const missing = at + table.byteLength + BYTES_BESIDE - flatten.memory.buffer.byteLength
    if (missing > 0) flatten.memory.grow(Math.ceil(missing / PAGE_BYTES))
    table.writeTo(flatten.memory, at)
    flatten.configureFields(kindField, nameField, timeField)
    flatten.configureTable(at, fields.length, taken.length, kinds.length)
    prepare(flatten)
  })
  return { room, table }
}

/** Of a body, what is noted of it, its rows, and what is beside. */
function bytesOf(body: Uint8Array, count: number): number {
  return BYTES_BESIDE + Math.ceil(body.length * 2.125) + count * ADDED_BYTES
}

/** Behind the body at `bodyAt` and what is noted of it. */
function rowsBehind(bodyAt: number, body: Uint8Array): number {
  return bodyAt + Math.ceil(body.length * 1.125) + GAP_BYTES
}

function foundBytesOf({ fields }: FlatLayout): number {
  return 36 + 8 * fields.length
}

/** Of `count` messages, what is found of them and the rows lying at these places. */
function written(
  { memory: { buffer } }: Flatten,
  { fields }: FlatLayout,
  count: number,
  foundAt: number,
  rowsAt: number,
): Omit<FlatRows, 'leftCount'> {
  const words = (nth: number, length = count) => new Uint32Array(buffer, foundAt + (24 + 4 * nth) * count, length)
  const ends = words(2)
  const rows = Buffer.allocUnsafeSlow(ends.at(-1) ?? 0) // not cleared before it is written
  rows.set(new Uint8Array(buffer, rowsAt, rows.length))
  const times = new Float64Array(buffer, foundAt, 3 * count)
  return { rows, times, kinds: words(0), repeats: words(1), ends, places: words(3, 2 * fields.length * count) }
}

/** What `configureTable` is told of, and the texts in it; a multiple of 16 bytes. */
function tableOf({ fields, kinds, taken }: FlatLayout): {
  byteLength: number
  writeTo(memory: WebAssembly.Memory, address: number): void
} {
  const texts = new Map<string, number>()
  let textsEnd = ENTRY_BYTES * (fields.length + kinds.length + taken.length)
  /** Length and place of a text, which is put behind the entries. */
  const textOf = (text: string): [number, number] => {
    const known = texts.get(text) ?? textsEnd
    if (known === textsEnd) {
      texts.set(text, textsEnd)
      textsEnd += Buffer.byteLength(text)
    }
    return [Buffer.byteLength(text), known]
  }
  const sorted = taken.toSorted((one, other) => one.name.charCodeAt(0) - other.name.charCodeAt(0))
  const entries = [
    ...fields.map(({ key, writtenAs }) => [
      ...textOf(key),
      ...(writtenAs === undefined ? [0, 0] : textOf(`${JSON.stringify(writtenAs)}:`)),
    ]),
    ...sorted.map(({ name, field = NO_FIELD }) => [...textOf(name), field, 0]),
    ...kinds.map(({ token, flattened, isLeftWhereHollow }) => [...textOf(token), flattened, Number(isLeftWhereHollow)]),
  ]
  return {
    byteLength: (textsEnd + 15) & ~15,
    writeTo(memory, address) {
      const numbers = new Uint32Array(memory.buffer, address, 4 * entries.length)
      for (const [index, entry] of entries.entries()) {
        const isPlace = (nth: number) => nth === 1 || (nth === 3 && index < fields.length)
        numbers.set(
          entry.map((number, nth) => (isPlace(nth) ? number + address : number)),
          4 * index,
        )
      }
      for (const [text, at] of texts) new Uint8Array(memory.buffer, address + at).set(Buffer.from(text))
    },
  }
}

/** `NONE` and `NO_FIELD` of `assembly/flatten.ts`. */
const NONE = -1
const NO_FIELD = 0xffffffff
const ENTRY_BYTES = 16
/** What a row is longer than its message, at most. */
const ADDED_BYTES = 32
/** Between body and rows, for what is read past the one and where it is noted. */
const GAP_BYTES = 256
/** More than the module's constants, the gap, and what is written past the rows. */
const BYTES_BESIDE = 32 * 1024
const PAGE_BYTES = 65_536
