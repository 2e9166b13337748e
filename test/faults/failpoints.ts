/** The names of all points at which the product can be killed, as its source states them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dirname, '../../server/src')

export function failpointNames(): string[] {
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('.test.ts'))
  const names = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/^\s*\/\/ failpoint: ([\w.-]+)$/gm)].map(([, name]) => name!),
  )
  return [...new Set(names)].sort()
}
