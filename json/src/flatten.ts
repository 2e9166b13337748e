/** The flattener where this machine knows WebAssembly with SIMD; null elsewhere. */
import { openWasmFlattener } from './flatten-wasm.ts'
import type { FlatLayout, Flattener } from './flattener.ts'
import { wasmOrJs } from './wasm-room.ts'

export function openFlattener(layout: FlatLayout): Flattener | null {
  return wasmOrJs<Flattener | null>(
    () => openWasmFlattener(layout),
    () => null,
  )
}
