/** A piece of the product's source replaced as it is loaded. One that finds no such piece fails loudly: the product has moved on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const product = join(import.meta.dirname, '../../server/src')

export interface Replacement {
  /** Path below `server/src`. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** @throws Error where a piece is missing, or stands there more than once, as the source is now. */
export function checkReplacements(replacements: readonly Replacement[]): void {
  for (const { file, find } of replacements) {
    const times = readFileSync(join(product, file), 'utf8').split(find).length - 1
    if (times !== 1) throw new Error(`server/src/${file} has ${times} times, not once:\n${find}`)
  }
}

/** The source of a module with the replacements that concern it. */
export function withReplacements(url: string, source: string, replacements: readonly Replacement[]): string {
  let changed = source
  for (const { file, find, replace } of replacements)
    if (url.endsWith(`/server/src/${file}`)) changed = changed.replace(find, () => replace)
  return changed
}

/** The same with its failpoints made calls: see `instrument.ts`. */
export function instrumented(url: string, source: string, replacements: readonly Replacement[]): string {
  return withReplacements(url, source, replacements).replaceAll(
    /^(\s*)\/\/ failpoint: ([\w.-]+)$/gm,
    '$1;globalThis.__failpoint("$2");',
  )
}
