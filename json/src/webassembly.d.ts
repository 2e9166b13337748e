/** What this package uses of WebAssembly's JavaScript interface (W3C): the types of Node leave it to those of the browser. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }

  class Instance {
    readonly exports: Exports
    constructor(module: Module)
  }

  type Exports = Record<string, unknown>

  class Memory {
    /** Replaced by each `grow`. */
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }

  class CompileError extends Error {}
}
