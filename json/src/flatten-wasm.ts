/** The flattener in WebAssembly: `assembly/flatten.ts`. There is none in JavaScript: who uses it can do without. */
import { readFileSync } from 'node:fs'
import type { FlatLayout, Flattener } from './flattener.ts'
import { openWasmRoom, type WasmExports } from './wasm-room.ts'

/** What `assembly/flatten.ts` exports. */
interface Flatten extends WasmExports {
  tableAddress(): number
  configure(fields: number, names: number, kinds: number, kindField: number): void
  flatten(starts: number, count: number, kind: number, body: number, bodyEnd: number, to: number): number
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmFlattener(layout: FlatLayout): Flattener {
  const { fields, kinds, taken, kindField } = layout
  const module = new WebAssembly.Module(readFileSync(new URL('./flatten.wasm', import.meta.url)))
  const table = tableOf(layout)
  const room = openWasmRoom<Flatten>(module, (flatten) => {
    table.writeTo(flatten.memory, flatten.tableAddress())
    flatten.configure(fields.length, taken.length, kinds.length, kindField)
  })
  return {
    flatten(body, starts, kind = NONE) {
      const count = starts.length
      const placeCount = 2 * fields.length * count
      const rowsBytesMax = body.length + count * ADDED_BYTES
      const numbersBytes = 4 * (2 * count + placeCount)
      const notedBytes = Math.ceil(body.length / 8)
      const instance = room.enter(
        BYTES_BESIDE + table.byteLength + numbersBytes + body.length + notedBytes + rowsBytesMax,
      )
      try {
        const { memory } = instance
        const startsAt = instance.tableAddress() + table.byteLength
        const bodyAt = (startsAt + numbersBytes + 15) & ~15
        const bodyEnd = bodyAt + body.length
        const rowsAt = bodyEnd + notedBytes + GAP_BYTES
        new Uint32Array(memory.buffer, startsAt).set(starts)
        new Uint8Array(memory.buffer, bodyAt).set(body)
        const leftCount = instance.flatten(startsAt, count, kind, bodyAt, bodyEnd, rowsAt)
        const ends = new Uint32Array(memory.buffer, startsAt + 4 * count, count)
        const places = new Uint32Array(memory.buffer, startsAt + 8 * count, placeCount)
        const rows = Buffer.allocUnsafeSlow(ends.at(-1) ?? 0) // not cleared before it is written
        rows.set(new Uint8Array(memory.buffer, rowsAt, rows.length))
        return { rows, ends, places, leftCount }
      } finally {
        room.leave()
      }
    },
  }
}

/** What `configure` is told of, and the texts in it; a multiple of 16 bytes. */
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
const BYTES_BESIDE = 16 * 1024
