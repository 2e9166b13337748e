/** The scanner that this machine can have: WebAssembly where it knows SIMD, JavaScript elsewhere. Both give the same. */
import type { RecordLimits, RecordScanner } from './records.ts'
import { openJsScanner } from './scan-js.ts'
import { openWasmScanner } from './scan-wasm.ts'
import { wasmOrJs } from './wasm-room.ts'

export function openScanner(limits: RecordLimits): RecordScanner {
  return wasmOrJs(
    () => openWasmScanner(limits),
    () => openJsScanner(limits),
  )
}
