/** What a guest keeps from users' code by itself: memory beyond the limit, files without end, and what JavaScript there is. */
import { syncBuiltinESMExports } from 'node:module'
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

/** Whoever gets from Python to JavaScript against all odds finds nothing there: no globals of Node, and its modules empty. */
export function stripNode({ FS }: Interpreter): void {
  for (const name of Object.keys(FS.filesystems)) if (name !== 'MEMFS') delete FS.filesystems[name]
  const modules = emptied.map((name) => process.getBuiltinModule(name) as object)
  for (const module of modules) for (const key of Object.keys(module)) Reflect.deleteProperty(module, key)
  Object.assign(modules[0]!, { spawnSync: () => ({ status: notFound }) }) // what `os.system` calls
  syncBuiltinESMExports()
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
    'gc',
  ])
    Reflect.deleteProperty(globalThis, name)
  // What `os.getuid` and `os.umask` ask for.
  Object.assign(globalThis, { process: Object.freeze({ __proto__: null, getuid: () => nobody, umask: () => 0o22 }) })
}

/** Exit code of a shell that does not know the command. */
const notFound = 127
const nobody = 65_534

/** The modules that the interpreter holds, and those that reach furthest. */
const emptied = ['child_process', 'dgram', 'fs', 'net', 'os', 'vm', 'worker_threads']
