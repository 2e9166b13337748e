/** F1 to F3: a server that is killed at random times under load loses and doubles nothing. At named points: `kill-points.test.ts`. */
import { expect, it } from 'vitest'
import { deaths, run } from './rounds.ts'

/** Longer runs: `MILLRACE_KILLS=300 npm test`. */
const kills = Number(process.env['MILLRACE_KILLS'] ?? 100)

it(`a server under load loses nothing and doubles nothing in ${kills} kills at random times`, async () => {
  const verdict = await run({ seed: 11, deaths: deaths('kill', kills, 11) })
  expect(verdict.wrong).toEqual([])
  expect(verdict.acknowledged).toBeGreaterThan(kills * 100)
})
