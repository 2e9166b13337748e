/** Python: CPython 3.14 in WebAssembly (Pyodide), without packages beside the standard library. */
import { join } from 'node:path'
import type { Diagnostic } from '../../transform.ts'
import type { Sandbox } from '../sandbox.ts'
import { pyodideFolder } from './python/interpreter.ts'
import { ensureSnapshot, findSnapshot } from './python/snapshot.ts'

const folder = join(import.meta.dirname, 'python')

const mebibyte = 1024 * 1024

/**
 * Resident before code is loaded: 190 MiB, 50 of them Node's own program, 30 the interpreter's memory; a fresh start takes 225 for a
 * moment. The rest is for files that the code writes (16 MiB), for code that V8 compiles meanwhile, and for frames.
 */
const overheadBytes = 288 * mebibyte

/**
 * What may be written to, resident or not: 760 MiB before code is loaded, of which 510 are room that V8 sets apart for compiled code.
 * The interpreter itself refuses to grow beyond `memoryBytes`; this holds where something else grows.
 */
const dataBytes = 1024 * mebibyte

/** In KiB, of the 8 MiB that a process usually has: Python's own limit of recursion is to be met first. */
const stack = ['--stack-size=7000']

/** The state to begin with, where there is one. */
function kept(): string[] {
  const snapshot = findSnapshot()
  return snapshot === undefined ? [] : [snapshot]
}

export const python: Sandbox = {
  title: 'Python',
  languages: ['python'],
  /** There is no Python outside of the jail: mistakes in the code are found by the guest as it loads it. */
  async compile(modules, order) {
    await ensureSnapshot()
    const names = new Set(modules.map(({ name }) => name))
    const diagnostics: Diagnostic[] = order
      .filter((name) => !names.has(name))
      .map((name) => ({ module: name, message: 'There is no module of this name' }))
    if (diagnostics.length > 0) return { diagnostics }
    return { modules: modules.map(({ name, code }) => ({ name, code })) }
  },
  guest: {
    entry: join(folder, 'guest.ts'),
    nodeFlags: [
      '--expose-gc',
      '--disallow-code-generation-from-strings',
      '--disable-proto=delete',
      '--no-warnings',
      ...stack,
    ],
    get readable() {
      return [folder, pyodideFolder, ...kept()]
    },
    get arguments() {
      return kept()
    },
    processLimits: (memoryBytes) => [`--data=${memoryBytes + dataBytes}`],
    overheadBytes,
  },
}
