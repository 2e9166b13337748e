/** F1 to F4: a server that is killed at random times and at every named point, under load, loses and doubles nothing. */
import { describe, expect, it } from 'vitest'
import { failpointNames, namedDeaths } from './failpoints.ts'
import { deaths, run } from './rounds.ts'

/** Longer runs: `MILLRACE_KILLS=300 npm test`. */
const kills = Number(process.env['MILLRACE_KILLS'] ?? 100)
const hits = kills > 100 ? 3 : 2

/** A server comes here only when its tables' write-ahead log is damaged: see `wal-damage.test.ts`. */
const reachedElsewhere = [
  ...['archive.round.noted', 'archive.round.put', 'archive.round.saved', 'archive.state.written'], // see `archive.test.ts`
  ...['job.page.written', 'job.landing.appended', 'job.landing.ended'], // see `replacing.test.ts`
  ...['pipeline.replacement.purged', 'pipeline.replacement.loaded', 'duckdb.replace.begin', 'duckdb.replace.rows'],
  'backfill.filled', // see `backfills.test.ts`
  'duckdb.quarantine',
  'duckdb.statement.commit', // see `scheduled-queries.test.ts`
  'duckdb.statement.committed',
]

describe('a server under load', () => {
  it(`loses nothing and doubles nothing in ${kills} kills at random times`, async () => {
    const verdict = await run({ seed: 11, deaths: deaths('kill', kills, 11) })
    expect(verdict.wrong).toEqual([])
    expect(verdict.acknowledged).toBeGreaterThan(kills * 100)
  })

  it('loses nothing and doubles nothing when it dies at a named point, and every point is reached', async () => {
    const names = failpointNames().filter((name) => !reachedElsewhere.includes(name))
    const verdict = await run({ seed: 13, deaths: namedDeaths(names, hits, 13) })
    expect(verdict.wrong).toEqual([])
    const hit = new Set(verdict.failpointsHit.map((failpoint) => failpoint.split(':')[0]))
    expect(names.filter((name) => !hit.has(name))).toEqual([])
  })
})
