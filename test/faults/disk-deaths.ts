/** Kills of a server whose disk ran full before, and was freed. */
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { mulberry } from './events.ts'
import type { Death } from './rounds.ts'
import { fillUp } from './small-disk.ts'

/** For a run on a small disk: see `small-disk.ts`. */
export function diskDeaths(count: number, seed: number): Death[] {
  const random = mulberry(seed)
  return Array.from({ length: count }, () => {
    const [leaveBytes, fullMs] = [Math.floor(random() ** 2 * 4e6), Math.floor(random() * 1_500)]
    return {
      how: 'kill',
      afterMs: 700 + Math.floor(random() * 500), // time enough to load what has piled up
      about: `disk full for ${fullMs} ms`,
      async whileAlive(folder) {
        const free = fillUp(dirname(folder), leaveBytes)
        await delay(fullMs)
        free()
      },
    }
  })
}
