/** The writer of series in WebAssembly: `assembly/series.ts`. There is none in JavaScript: who uses it can do without. */
import { readFileSync } from 'node:fs'
import type { SeriesLayout, SeriesWriter } from './series-writer.ts'
import { openWasmRoom, type WasmExports } from './wasm-room.ts'

/** What `assembly/series.ts` exports. */
interface Series extends WasmExports {
  textsAddress(): number
  configure(nameBytesMax: number, secondsEnd: number): void
  writeRows(
    starts: number,
    ends: number,
    count: number,
    body: number,
    rowEnds: number,
    times: number,
    to: number,
  ): number
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmSeriesWriter(layout: SeriesLayout): SeriesWriter {
  const module = new WebAssembly.Module(readFileSync(new URL('./series.wasm', import.meta.url)))
  const table = tableOf(layout)
  const room = openWasmRoom<Series>(module, (series) => {
    new Uint8Array(series.memory.buffer, series.textsAddress()).set(table)
    series.configure(layout.nameBytesMax, layout.secondsEnd)
  })
  return {
    write(body, starts, ends) {
      const count = starts.length
      const rowsBytesMax = body.length + count * TEXT_BYTES
      const instance = room.enter(BYTES_BESIDE + table.length + 20 * count + body.length + rowsBytesMax)
      try {
        const { buffer } = instance.memory
        const timesAt = instance.textsAddress() + table.length
        const startsAt = timesAt + 8 * count
        const endsAt = startsAt + 4 * count
        const rowEndsAt = endsAt + 4 * count
        const bodyAt = rowEndsAt + 4 * count
        const rowsAt = bodyAt + body.length + GAP_BYTES
        new Uint32Array(buffer, startsAt).set(starts)
        new Uint32Array(buffer, endsAt).set(ends)
        new Uint8Array(buffer, bodyAt).set(body)
        if (instance.writeRows(startsAt, endsAt, count, bodyAt, rowEndsAt, timesAt, rowsAt) < count) return undefined
        const rowEnds = new Uint32Array(buffer, rowEndsAt, count).slice()
        const rows = Buffer.allocUnsafeSlow(rowEnds.at(-1) ?? 0) // not cleared before it is written
        rows.set(new Uint8Array(buffer, rowsAt, rows.length))
        return { rows, ends: rowEnds, times: new Float64Array(buffer, timesAt, count).slice() }
      } finally {
        room.leave()
      }
    },
  }
}

/** What `configure` of `assembly/series.ts` is to find before. */
function tableOf({ members, endings }: SeriesLayout): Uint8Array {
  const before = (space: string) =>
    members.map((name, index) => `${index === 0 ? '{' : `,${space}`}${JSON.stringify(name)}:${space}`)
  const texts = [...before(''), ...before(' ')].map((text) => Buffer.from(text))
  const table = Buffer.alloc(TEXT_BYTES * (texts.length + 3))
  for (const [index, text] of texts.entries()) {
    if (text.length > 16) throw new RangeError(`"${text}" is too long`)
    const at = TEXT_BYTES * index
    table.set(text, at)
    table.fill(0xff, at + 16, at + 16 + text.length)
    table.writeUInt32LE(text.length, at + 32)
  }
  for (const [index, ending] of [endings.text, endings.number, endings.boolean].entries()) {
    const text = Buffer.from(ending)
    if (text.length > TEXT_BYTES - 4) throw new RangeError(`"${ending}" is too long`)
    const at = TEXT_BYTES * (texts.length + index)
    table.set(text, at)
    table.writeUInt32LE(text.length, at + TEXT_BYTES - 4)
  }
  return table
}

/** `TEXT_BYTES` of `assembly/series.ts`; what a row is longer than its record is less. */
const TEXT_BYTES = 48
/** Between body and rows, for what is read past the one. */
const GAP_BYTES = 128
/** More than the module's constants, the gap, and what is written past the rows. */
const BYTES_BESIDE = 16 * 1024
