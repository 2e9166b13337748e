/** Checks that a seeded bug must fail. Each tells what it found wrong; nothing where the bug went by unseen. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { drain } from './drain.ts'
import { flows } from './oracle.ts'
import { retryStorm } from './retry-storm.ts'
import { type Death, run } from './rounds.ts'
import type { RunCheck, SeededBug, UnitCheck } from './seeded-bugs.ts'
import { withServer } from './single-server.ts'
import { withSmallLimits } from './small-limits.ts'
import { damageWal } from './wal-damage.ts'

const root = join(import.meta.dirname, '../..')

export async function check({ name, caughtBy }: SeededBug): Promise<readonly string[]> {
  const env = { MILLRACE_SEEDED_BUG: name }
  return 'unit' in caughtBy ? failedTest(caughtBy, env) : runChecks[caughtBy.run](env)
}

const runChecks: Record<RunCheck, (env: Record<string, string>) => Promise<readonly string[]>> = {
  async 'dies between commits'(env) {
    const deaths = [2, 3, 4, 5, 6, 7, 8].map(
      (hit): Death => ({
        how: 'kill',
        afterMs: 3_000,
        failpoint: `duckdb.commit.after:${hit}`,
      }),
    )
    return (await run({ seed: 91, deaths, env })).wrong
  },

  'loses the write-ahead log': (env) => {
    const rareCheckpoints = { ...withSmallLimits('segments', 'trims'), MILLRACE_RETENTION_HOURS: '0.0001' }
    return withServer({ seed: 92, env: { ...rareCheckpoints, ...env } }, async ({ folder, kill, restart, settle }) => {
      await delay(2_000)
      await kill()
      await settle(0)
      damageWal(folder, (wal) => wal.fill(255))
      const { url } = await restart()
      return (await flows(url, 5_000)) ? [] : ['nothing goes on, for what the tables lost is no longer in the log']
    })
  },

  async 'retry storm'(env) {
    return (await retryStorm({ seed: 93, clients: 50, batches: 4, eventsPerBatch: 5, env })).wrong
  },

  drains: (env) =>
    withServer({ seed: 94, env }, async ({ server }) => {
      const { statuses } = await drain(server, 10, 0)
      const unanswered = statuses.filter((status) => status !== 200).length
      return unanswered > 0 ? [`${unanswered} requests under way were not answered`] : []
    }),
}

interface Report {
  readonly testResults: {
    readonly assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

/** What the test of that title says when it fails. */
async function failedTest({ unit, test }: UnitCheck, env: Record<string, string>): Promise<string[]> {
  const results = (await runUnit(unit, env)).testResults.flatMap(({ assertionResults }) => assertionResults)
  const found = results.find(({ fullName }) => fullName === test)
  if (found === undefined) throw new Error(`${unit} has no test "${test}"`)
  return found.status === 'failed' ? found.failureMessages : []
}

async function runUnit(unit: string, env: Record<string, string>): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-controls-'))
  const report = join(folder, 'report.json')
  const config = join(import.meta.dirname, 'seeded.vitest.config.ts')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporter = ['--reporter=json', `--outputFile=${report}`]
  try {
    const child = spawn(process.execPath, [vitest, 'run', '--root', root, '--config', config, ...reporter, unit], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: 'ignore',
    })
    await once(child, 'exit')
    return JSON.parse(readFileSync(report, 'utf8')) as Report
  } finally {
    rmSync(folder, { recursive: true })
  }
}
