/**
 * Room to work in for a WebAssembly module that keeps nothing between two calls: one instance, its memory grown as the work needs.
 * A memory never shrinks, so after large work the instance is dropped and a fresh one made; not at once, for large work often comes
 * in a row, and memories dropped one after the other pile up until they are collected.
 */

export interface WasmExports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory
}

export interface WasmRoom<E extends WasmExports> {
  /** An instance whose memory has at least this many bytes, in which earlier work may have left anything. @throws RangeError Over 256 MiB. */
  enter(byteLength: number): E
  /** After the last use of what `enter` gave. */
  leave(): void
}

/** `prepare` is called once for each fresh instance. */
export function openWasmRoom<E extends WasmExports>(
  module: WebAssembly.Module,
  prepare: (exports: E) => void,
): WasmRoom<E> {
  let current: E | undefined
  let smallInRow = 0
  const open = () => {
    const fresh = new WebAssembly.Instance(module).exports as E
    prepare(fresh)
    return fresh
  }
  return {
    enter(byteLength) {
      if (byteLength > BYTES_MAX)
        throw new RangeError(`${byteLength} bytes asked of WebAssembly, at most ${BYTES_MAX} are given`)
      smallInRow = byteLength > KEPT_BYTES_MAX ? 0 : smallInRow + 1
      current ??= open()
      const missing = byteLength - current.memory.buffer.byteLength
      if (missing > 0) current.memory.grow(Math.ceil(missing / PAGE_BYTES))
      return current
    },
    leave() {
      if (smallInRow >= SMALL_IN_ROW && current && current.memory.buffer.byteLength > KEPT_BYTES_MAX)
        current = undefined
    },
  }
}

/** What `openWasm` opens, or what `openJs` does where WebAssembly is missing or knows no SIMD. */
export function wasmOrJs<T>(openWasm: () => T, openJs: () => T): T {
  if (typeof WebAssembly === 'undefined') return openJs()
  try {
    return openWasm()
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return openJs()
    throw error
  }
}

const PAGE_BYTES = 65_536
const BYTES_MAX = 256 * 1024 * 1024
const KEPT_BYTES_MAX = 4 * 1024 * 1024
/** So much small work after large work says that no more of it is to come soon. */
const SMALL_IN_ROW = 8
