/** F1 to F4 and F30: a server that is killed at random times and at every named point, under load, loses and doubles nothing. */
import { describe, expect, it } from 'vitest'
import { failpointNames } from './failpoints.ts'
import { deaths, run } from './rounds.ts'

/** Longer runs: `MILLRACE_KILLS=1000 npm test`. */
const kills = Number(process.env['MILLRACE_KILLS'] ?? 60)

describe('a server under load', () => {
  it(`loses nothing and doubles nothing in ${kills} kills at random times`, async () => {
    const verdict = await run({ seed: 11, deaths: deaths('kill', kills, 11) })
    expect(verdict.wrong).toEqual([])
    expect(verdict.acknowledged).toBeGreaterThan(kills)
  })

  it('ends with 0 on SIGTERM, everything answered and loaded', async () => {
    const verdict = await run({ seed: 12, deaths: deaths('terminate', 10, 12) })
    expect(verdict.wrong).toEqual([])
  })

  it('loses nothing and doubles nothing when it dies at a named point', async () => {
    const points = failpointNames().flatMap((name) => [1, 3].map((hit) => `${name}:${hit}`))
    const verdict = await run({
      seed: 13,
      deaths: points.map((failpoint) => ({ how: 'kill', afterMs: 1_500, failpoint })),
    })
    expect(verdict.wrong).toEqual([])
  })
})
