/** The member finder that this machine can have: WebAssembly where it knows SIMD, JavaScript elsewhere. Both find the same. */
import type { MemberFinder } from './member-finder.ts'
import { openJsMemberFinder } from './members-js.ts'
import { openWasmMemberFinder } from './members-wasm.ts'
import { wasmOrJs } from './wasm-room.ts'

/** @throws RangeError No keys. */
export function openMemberFinder(keys: readonly string[]): MemberFinder {
  return wasmOrJs(
    () => openWasmMemberFinder(keys),
    () => openJsMemberFinder(keys),
  )
}
