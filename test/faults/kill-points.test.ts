/** F4: a server that dies at every named point under load loses and doubles nothing. At random times: `kill.test.ts`. */
import { expect, it } from 'vitest'
import { failpointNames, namedDeaths } from './failpoints.ts'
import { run } from './rounds.ts'

/** How often each point kills. */
const hits = Number(process.env['MILLRACE_KILLS'] ?? 0) > 100 ? 3 : 2

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

it('a server loses nothing and doubles nothing when it dies at a named point, and every point is reached', async () => {
  const names = failpointNames().filter((name) => !reachedElsewhere.includes(name))
  const verdict = await run({ seed: 13, deaths: namedDeaths(names, hits, 13) })
  expect(verdict.wrong).toEqual([])
  const hit = new Set(verdict.failpointsHit.map((failpoint) => failpoint.split(':')[0]))
  expect(names.filter((name) => !hit.has(name))).toEqual([])
})
