/** Python: CPython 3.14 in WebAssembly (Pyodide), without packages beside the standard library. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '../../transform.ts'
import type { Sandbox } from '../sandbox.ts'
import { driverFolder, pyodideFolder } from './python/interpreter.ts'
import { ensureSnapshot, snapshotPath } from './python/snapshot.ts'

const folder = join(import.meta.dirname, 'python')

/** What the interpreter, the driver and Node take before users' code is loaded. */
const overheadBytes = 350 * 1024 * 1024

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
    nodeFlags: ['--disallow-code-generation-from-strings', '--disable-proto=delete', '--no-warnings'],
    get readable() {
      const snapshot = snapshotPath()
      return [folder, pyodideFolder, ...(existsSync(snapshot) ? [snapshot] : [])]
    },
    processLimits: (memoryBytes) => [`--data=${memoryBytes + 600 * 1024 * 1024}`],
    overheadBytes,
  },
}
