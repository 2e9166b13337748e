/** The unescaper in WebAssembly: `assembly/unescape.ts`. */
import { readFileSync } from 'node:fs'
import type { Unescaper } from './unescaper.ts'
import { openWasmRoom, type WasmExports } from './wasm-room.ts'

/** What `assembly/unescape.ts` exports. */
interface Unescape extends WasmExports {
  inputAddress(): number
  outputEndAddress(): number
  unescapeString(at: number, to: number): number
  unescapeLines(at: number, end: number, to: number): number
  decodeField(at: number, end: number, to: number): void
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmUnescaper(): Unescaper {
  const module = new WebAssembly.Module(readFileSync(new URL('./unescape.wasm', import.meta.url)))
  const room = openWasmRoom<Unescape>(module, () => {})

  /** What `work` wrote, its input being `body[start .. end)`, as `take` copies it from the module's memory; undefined if it says false. */
  const written = <T>(
    body: Uint8Array,
    start: number,
    end: number,
    work: (module: Unescape, from: number, end: number, to: number) => boolean,
    take: (output: Uint8Array) => T,
  ): T | undefined => {
    const length = end - start
    const instance = room.enter(BYTES_BESIDE + 2 * length)
    try {
      const from = instance.inputAddress()
      const to = from + length + GAP_BYTES
      const memory = new Uint8Array(instance.memory.buffer)
      memory.set(body.subarray(start, end), from)
      memory[from + length] = 0
      if (!work(instance, from, from + length, to)) return undefined
      return take(memory.subarray(to, instance.outputEndAddress()))
    } finally {
      room.leave()
    }
  }

  return {
    string(body, start) {
      let tokenEnd = 0
      const text = written(
        body,
        start,
        body.length,
        (module, from, _, to) => {
          tokenEnd = module.unescapeString(from, to) - from
          return tokenEnd > 0
        },
        copyOf,
      )
      return text && { text, end: start + tokenEnd }
    },
    lines(body) {
      let count = 0
      const text = written(
        body,
        0,
        body.length,
        (module, from, end, to) => {
          count = module.unescapeLines(from, end, to)
          return count > 0
        },
        copyOf,
      )
      return text && { text, count }
    },
    field(body, start, end) {
      const decode = (module: Unescape, from: number, end: number, to: number) => {
        module.decodeField(from, end, to)
        return true
      }
      return written(body, start, end, decode, (output) => {
        body.set(output, start)
        return body.subarray(start, start + output.length)
      })!
    },
  }
}

function copyOf(output: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(output.length) // not cleared before it is written
  copy.set(output)
  return copy
}

/** Between input and output, for what is read past the one. */
const GAP_BYTES = 128
/** More than the module's constants, the gap, and what is written past the output. */
const BYTES_BESIDE = 16 * 1024
