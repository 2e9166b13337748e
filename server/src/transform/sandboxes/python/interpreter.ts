/**
 * CPython as Pyodide has it, in WebAssembly, with the driver in it. Loading takes almost two seconds, going on from a kept state of
 * its memory a tenth of that; the state holds no user's code, and is kept beside the installed packages (`snapshot.ts`).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadPyodide } from 'pyodide'

/** What Pyodide is used for, beyond what its types say of it. */
export interface Interpreter {
  runPython(code: string): unknown
  makeMemorySnapshot(): Uint8Array
  readonly FS: FileSystem
  readonly _module: { readonly HEAP8: Int8Array }
  readonly _api: { readonly config: { _loadSnapshot?: unknown } }
}

export interface FileSystem {
  mkdirTree(path: string): void
  writeFile(path: string, content: Uint8Array): void
  makedev(major: number, minor: number): number
  registerDevice(device: number, operations: DeviceOperations): void
  mkdev(path: string, mode: number, device: number): void
  unlink(path: string): void
  readonly filesystems: Record<string, { expandFileStorage?(node: FileNode, capacity: number): void } | undefined>
  readonly ErrnoError: new (errno: number) => Error
}

export interface FileNode {
  readonly contents: Uint8Array
}

/** Both move bytes of the interpreter's memory and say how many. */
export interface DeviceOperations {
  open(stream: { seekable: boolean }): void
  close(): void
  read(stream: unknown, memory: Int8Array, offset: number, length: number): number
  write(stream: unknown, memory: Int8Array, offset: number, length: number): number
}

export const pyodideFolder = dirname(fileURLToPath(import.meta.resolve('pyodide')))
export const driverFolder = join(import.meta.dirname, 'driver')

/** Where the driver is, for the interpreter. */
const installedAt = '/driver'

/** Modules of the standard library that users' code asks for most: they are in the kept state. */
const preloaded = [
  'base64',
  'collections',
  'copy',
  'dataclasses',
  'datetime',
  'decimal',
  'enum',
  'functools',
  'hashlib',
  'hmac',
]
const alsoPreloaded = [
  'itertools',
  'json',
  'logging',
  'math',
  're',
  'string',
  'textwrap',
  'traceback',
  'typing',
  'urllib.parse',
]

/** From nothing, with the driver imported. */
export async function loadInterpreter({ keepable = false } = {}): Promise<Interpreter> {
  const interpreter = await open(keepable ? { _makeSnapshot: true } : {})
  const { FS } = interpreter
  FS.mkdirTree(`${installedAt}/millrace_driver`)
  for (const name of driverFiles())
    FS.writeFile(`${installedAt}/millrace_driver/${name}`, readFileSync(join(driverFolder, name)))
  interpreter.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, '${installedAt}')
import ${[...preloaded, ...alsoPreloaded].join(', ')}
from millrace_driver import driver, confine
sys.path.remove('${installedAt}')
driver.prepare()
`)
  return interpreter
}

/** From the state that {@link loadInterpreter} had. */
export async function restoreInterpreter(snapshot: Uint8Array): Promise<Interpreter> {
  return open({ _loadSnapshot: snapshot })
}

export function driverFiles(): string[] {
  return readdirSync(driverFolder)
    .filter((name) => name.endsWith('.py'))
    .sort()
}

async function open(settings: object): Promise<Interpreter> {
  const jsglobals = Object.freeze(Object.create(null) as object)
  const standard = { stdin: () => null, stdout: () => {}, stderr: () => {} } // the process's own carry frames
  const interpreter = await loadPyodide({
    ...{ indexURL: pyodideFolder, jsglobals, _sysExecutable: '/python', env: { TZ: 'UTC' } },
    ...standard,
    ...settings,
  })
  return interpreter as unknown as Interpreter
}
