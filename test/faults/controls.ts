/** Checks that a seeded bug must fail. Each tells what it found wrong; nothing where the bug went by unseen. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { drain } from './drain.ts'
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
    const deaths = [2, 3, 4, 5, 6].map((hit): Death => ({
      how: 'kill',
      afterMs: 3_000,
      failpoint: `duckdb.commit.after:${hit}`,
    }))
    return (await run({ seed: 91, deaths, env })).wrong
  },

  async 'loses the write-ahead log'(env) {
    const ruin = (folder: string) => void damageWal(folder, (wal) => wal.fill(255))
    const noCheckpoints = { ...withSmallLimits('segments', 'trims'), MILLRACE_RETENTION_HOURS: '0.0001' }
    const deaths: Death[] = [{ how: 'kill', afterMs: 3_000, whenDead: ruin }]
    return (await run({ seed: 92, deaths, env: { ...noCheckpoints, ...env } })).wrong
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
  readonly testResults: { readonly assertionResults: { fullName: string; status: string; failureMessages: string[] }[] }[]
}

/** What the test of that title says when it fails. */
async function failedTest({ unit, test }: UnitCheck, env: Record<string, string>): Promise<string[]> {
  const config = join(import.meta.dirname, 'seeded.vitest.config.ts')
  const output = await new Promise<string>((resolve) => {
    const options = { cwd: root, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } }
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const parameters = [vitest, 'run', '--root', root, '--config', config, '--reporter=json', unit]
    execFile(process.execPath, parameters, { ...options, maxBuffer: 1e8 }, (_error, stdout) => resolve(stdout))
  })
  const { testResults } = JSON.parse(output.slice(output.indexOf('{'))) as Report
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const found = results.find(({ fullName }) => fullName === test)
  if (found === undefined) throw new Error(`${unit} has no test "${test}", but ${results.map((r) => r.fullName).join('; ')}`)
  return found.status === 'failed' ? found.failureMessages : []
}
