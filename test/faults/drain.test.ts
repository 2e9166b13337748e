/** F30: SIGTERM ends a server with 0, everything that it took answered, and what it answered kept. */
import { describe, expect, it } from 'vitest'
import { drain } from './drain.ts'
import { flows } from './oracle.ts'
import { rowsOf } from './requests.ts'
import { deaths, run } from './rounds.ts'
import { withServer } from './single-server.ts'

describe('SIGTERM', () => {
  it('ends with 0 under load, nothing lost or doubled, 10 times', async () => {
    const verdict = await run({ seed: 30, deaths: deaths('terminate', 10, 30) })
    expect(verdict.wrong).toEqual([])
  })

  it('answers every request that is under way', async () => {
    const [times, count] = [3, 20]
    await withServer({ seed: 31 }, async (single) => {
      for (let time = 0; time < times; time++) {
        const { statuses, code, endedMs } = await drain(single.server, count, time * count)
        expect(statuses).toEqual(Array(count).fill(200))
        expect(code).toBe(0)
        expect(endedMs).toBeLessThan(10_000)
        await single.restart()
      }
      const { url } = single.server
      expect(await flows(url)).toBe(true)
      expect(await rowsOf(url, 'SELECT count(*), count(DISTINCT n) FROM drained')).toEqual([
        [times * count, times * count],
      ])
    })
  })
})
