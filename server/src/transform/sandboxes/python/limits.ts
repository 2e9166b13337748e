/** What a guest keeps from users' code by itself: memory beyond the limit, files without end, and what JavaScript there is. */
import type { FileNode, FileSystem, Interpreter } from './interpreter.ts'

const pageBytes = 65_536
/** Of all files that the code writes: they are in the guest's memory, beside the interpreter's. */
const filesBytesMax = 16 * 1024 * 1024
const noSpace = 51 // ENOSPC of WASI

/** Growing beyond the limit fails, so that Python raises MemoryError and goes on; without it the process would be killed. */
export function boundMemory(): { limit(bytes: number): void } {
  const { prototype } = WebAssembly.Memory
  const grow = prototype.grow
  let bytesMax = Number.POSITIVE_INFINITY
  prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    if (this.buffer.byteLength + pages * pageBytes > bytesMax) throw new RangeError('Memory limit reached')
    return grow.call(this, pages)
  }
  return {
    limit(bytes) {
      bytesMax = bytes
    },
  }
}

export function boundFiles({ filesystems, ErrnoError }: FileSystem): void {
  const memory = filesystems['MEMFS']!
  const expand = memory.expandFileStorage!
  let bytes = 0
  memory.expandFileStorage = (node: FileNode, capacity: number) => {
    const before = node.contents.length
    if (bytes + Math.max(capacity - before, 0) > filesBytesMax) throw new ErrnoError(noSpace)
    expand.call(memory, node, capacity)
    bytes += node.contents.length - before
  }
}

/** Whoever gets from Python to JavaScript against all odds finds little there. */
export function stripGlobals({ FS }: Interpreter): void {
  for (const name of Object.keys(FS.filesystems)) if (name !== 'MEMFS') delete FS.filesystems[name]
  for (const name of [
    'process',
    'require',
    'fetch',
    'WebSocket',
    'EventSource',
    'Worker',
    'navigator',
    'Buffer',
    'global',
  ])
    Reflect.deleteProperty(globalThis, name)
}
