/** Makes modules ready to be loaded. Parsers meet whatever users write, so they run in a process of their own that may fail or hang. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Diagnostic, TransformModule } from '../../../transform.ts'
import type { Compiled, Sandbox } from '../../sandbox.ts'
import { isModuleName } from './module-names.ts'

/** Of one module's code. */
const codeBytesMax = 1024 * 1024
const compileMsMax = 20_000
const nodeFlags = ['--no-node-snapshot', '--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
const answerBytesMax = 256 * 1024 * 1024

export const compile: Sandbox['compile'] = async (modules, order) => {
  const diagnostics = unusable(modules)
  if (diagnostics.length > 0) return { diagnostics }
  const { stdout } = await ask(JSON.stringify({ modules, order }))
  if (stdout !== '') return JSON.parse(stdout) as Compiled
  const message = 'The code cannot be parsed: the parser used too much time or memory, or failed'
  return { diagnostics: modules.map(({ name }) => ({ module: name, message })).slice(0, 1) }
}

function unusable(modules: readonly TransformModule[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const names = new Set<string>()
  for (const { name, code } of modules) {
    const bytes = Buffer.byteLength(code)
    if (!isModuleName(name))
      diagnostics.push({ module: name, message: 'A module is named with letters, digits and _, no digit first' })
    else if (names.has(name)) diagnostics.push({ module: name, message: 'There are two modules of this name' })
    else if (bytes > codeBytesMax)
      diagnostics.push({ module: name, message: `The code has ${bytes} bytes; ${codeBytesMax} may be` })
    names.add(name)
  }
  return diagnostics
}

/** Nothing where the process failed. */
function ask(request: string): Promise<{ stdout: string }> {
  return new Promise((resolve) => {
    const compiler = execFile(
      process.execPath,
      [...nodeFlags, join(import.meta.dirname, 'compiler.ts')],
      { timeout: compileMsMax, killSignal: 'SIGKILL', maxBuffer: answerBytesMax, env: {} },
      (error, stdout) => resolve({ stdout: error ? '' : stdout }),
    )
    compiler.stdin?.on('error', () => {}) // it ended before it read all: the callback is told
    compiler.stdin?.end(request)
  })
}
