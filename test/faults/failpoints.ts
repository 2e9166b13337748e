/** The points at which the product can be killed, as its source names them, and deaths at each of them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mulberry } from './events.ts'
import type { Death } from './rounds.ts'

const source = join(import.meta.dirname, '../../server/src')

export function failpointNames(): string[] {
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('.test.ts'))
  const names = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/^\s*\/\/ failpoint: ([\w.-]+)$/gm)].map(([, name]) => name!),
  )
  return [...new Set(names)].sort()
}

/** Reached once at each start, if at all. */
const onceALife = /^(log\.recover\.|duckdb\.open$)/
/** Reached where the process before died between turning to a new segment and writing the index of the full one. */
const needsUnindexed = /^log\.recover\.(scanned|indexed)$/
/** Reached when the log holds what is old enough to go: not in the first seconds of a run. */
const needsAge = /^log\.(trim|recycle)\./
/** Reached while tables still grow columns: see `events.ts`. */
const needsGrowth = /^duckdb\.evolve\./
/** How long a server is given to reach a point. */
const patienceMs = 5_000

/** Deaths at the first `hits` times that each of these points is reached, in an order from a seed. */
export function namedDeaths(names: readonly string[], hits: number, seed: number): Death[] {
  const random = mulberry(seed)
  const points = names.flatMap((name) =>
    Array.from({ length: onceALife.test(name) ? 1 : hits }, (_, index) => {
      const half = random() / 2
      const key = needsGrowth.test(name) ? half : needsAge.test(name) ? 0.5 + half : 2 * half
      return { name, hit: index + 1, key }
    }),
  )
  const at = (name: string, hit: number): Death => ({ how: 'kill', afterMs: patienceMs, failpoint: `${name}:${hit}` })
  return points
    .sort((a, b) => a.key - b.key)
    .flatMap(({ name, hit }) =>
      needsUnindexed.test(name) ? [at('log.rotate.linked', 1), at(name, hit)] : [at(name, hit)],
    )
}
