/** JavaScript and TypeScript, run by V8 in an isolate of its own within the jailed process. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '../sandbox.ts'
import { compile } from './javascript/compile.ts'

const folder = join(import.meta.dirname, 'javascript')
const mebibyte = 1024 * 1024

const packageFolder = (name: string) => dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)))

export const javascript: Sandbox = {
  title: 'JavaScript and TypeScript',
  languages: ['javascript', 'typescript'],
  compile,
  guest: {
    entry: join(folder, 'guest.ts'),
    nodeFlags: [
      '--no-node-snapshot', // isolated-vm asks for it
      '--disallow-code-generation-from-strings',
      '--disable-proto=delete',
      // Else isolated-vm leaves the isolate 4 MiB for young objects, which a chunk of events fills several times.
      '--min-semi-space-size=16',
      '--max-semi-space-size=16',
    ],
    readable: [
      folder,
      join(import.meta.dirname, '../../../package.json'),
      packageFolder('isolated-vm'),
      packageFolder('node-gyp-build'),
    ],
    processLimits: () => [], // neither --data nor --as: V8 reserves more addresses than it uses memory
    overheadBytes: 320 * mebibyte,
  },
}
