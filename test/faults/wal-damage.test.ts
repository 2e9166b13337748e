/** F8: the write-ahead log of the tables is damaged between two lives. Nobody has to do anything, nothing is lost or doubled. */
import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { run } from './rounds.ts'
import { withSmallLimits } from './small-limits.ts'
import { damageWal, walDeaths } from './wal-damage.ts'

const mutations = Number(process.env['MILLRACE_KILLS'] ?? 100) / 5

/** Without checkpoints a life's rows are all in the write-ahead log. */
const env = withSmallLimits('segments', 'trims', 'rounds')

describe('a damaged write-ahead log', () => {
  it(`is set aside, and what it held is loaded again, ${mutations} times`, async () => {
    let setAside = 0
    const deaths = walDeaths(mutations, 81).map((death) => ({
      ...death,
      whileAlive: async (folder: string) => {
        setAside = globSync('workspaces/*/*.quarantine-*', { cwd: folder }).length
      },
    }))
    const verdict = await run({ seed: 81, deaths, env })
    expect(verdict.wrong).toEqual([])
    expect(setAside).toBeGreaterThan(mutations / 4)
  })

  it('is set aside by the next server where the one that does it dies', async () => {
    const ruin = (folder: string) => void damageWal(folder, (wal) => wal.fill(255, wal.length >> 1))
    const verdict = await run({
      seed: 82,
      deaths: [
        { how: 'kill', afterMs: 800, whenDead: ruin },
        { how: 'kill', afterMs: 800, failpoint: 'duckdb.quarantine:1' },
      ],
      env,
    })
    expect(verdict.wrong).toEqual([])
    expect(verdict.failpointsHit).toEqual(['duckdb.quarantine:1'])
  })
})
