/** The writer of series where this machine knows WebAssembly with SIMD; null elsewhere. */
import { openWasmSeriesWriter } from './series-wasm.ts'
import type { SeriesLayout, SeriesWriter } from './series-writer.ts'
import { wasmOrJs } from './wasm-room.ts'

export function openSeriesWriter(layout: SeriesLayout): SeriesWriter | null {
  return wasmOrJs<SeriesWriter | null>(
    () => openWasmSeriesWriter(layout),
    () => null,
  )
}
