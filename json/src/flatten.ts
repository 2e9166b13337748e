/** The flattener where this machine knows WebAssembly with SIMD; null elsewhere. */
import { openWasmBatchFlattener, openWasmFlattener } from './flatten-wasm.ts'
import type { BatchFlattener, FlatLayout, Flattener } from './flattener.ts'
import type { RecordLimits } from './records.ts'
import { wasmOrJs } from './wasm-room.ts'

export function openFlattener(layout: FlatLayout): Flattener | null {
  return wasmOrJs<Flattener | null>(
    () => openWasmFlattener(layout),
    () => null,
  )
}

/** Of batches whose messages are in the member `key`; null where there is no flattener. */
export function openBatchFlattener(layout: FlatLayout, key: string, limits: RecordLimits): BatchFlattener | null {
  return wasmOrJs<BatchFlattener | null>(
    () => openWasmBatchFlattener(layout, key, limits),
    () => null,
  )
}
