/** The unescaper that this machine can have: WebAssembly where it knows SIMD, JavaScript elsewhere. Both give the same. */
import { openJsUnescaper } from './unescape-js.ts'
import { openWasmUnescaper } from './unescape-wasm.ts'
import type { Unescaper } from './unescaper.ts'
import { wasmOrJs } from './wasm-room.ts'

export function openUnescaper(): Unescaper {
  return wasmOrJs(openWasmUnescaper, openJsUnescaper)
}
