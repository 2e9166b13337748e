/** The reader of texts where this machine knows WebAssembly with SIMD; null elsewhere. */
import type { RecordLimits } from './records.ts'
import type { TextReader } from './text-reader.ts'
import { openWasmTextReader } from './texts-wasm.ts'
import { wasmOrJs } from './wasm-room.ts'

export function openTextReader(limits: RecordLimits): TextReader | null {
  return wasmOrJs<TextReader | null>(
    () => openWasmTextReader(limits),
    () => null,
  )
}
