/**
 * 10,000 chunked jobs planned and queued, through the operations, in a metadata store of its own; and pages of a history of a million
 * jobs. `node bench/plan-jobs.ts [jobs in history]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { DataPlane } from '../server/src/control-plane/data-plane.ts'
import { queuedJobs } from '../server/src/control-plane/job-rows.ts'
import { allJobOperations } from '../server/src/control-plane/operations/all-jobs.ts'
import { jobOperations } from '../server/src/control-plane/operations/jobs.ts'
import type { Caller } from '../server/src/control-plane/operations/operation.ts'
import { scheduledQueryOperations } from '../server/src/control-plane/operations/scheduled-queries.ts'
import { sourceOperations } from '../server/src/control-plane/operations/sources.ts'
import { queuedRun } from '../server/src/control-plane/schedule-store.ts'
import { insertInput } from '../server/src/control-plane/store/inputs.ts'
import { waitingSources } from '../server/src/control-plane/store/job-queue.ts'
import { insertJobs } from '../server/src/control-plane/store/jobs.ts'
import { insertQuery } from '../server/src/control-plane/store/scheduled-queries.ts'
import { insertRun } from '../server/src/control-plane/store/scheduled-query-runs.ts'
import { openStore } from '../server/src/control-plane/store/store.ts'
import { dayAfter } from '../server/src/days.ts'

const history = Number(process.argv[2] ?? 1_000_000)
const sourceCount = 1_000
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const store = openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32).fill(1) })
const author = { actor: 'bench', tokenId: null, ip: null, requestId: null }
const caller: Caller = {
  user: { id: 'bench', email: 'bench@localhost', isInstanceAdmin: true },
  ...{ tokenId: null, session: null, workspace: 'default', role: 'owner', ip: null, requestId: null },
}
const jobs = { wake: () => {} } as unknown as DataPlane['jobs']
const types = {
  daily: { title: 'Daily', settings: z.strictObject({}), keys: 'none', fetches: { isByDate: true } },
} as const
const sources = sourceOperations({ store, types, dataPlane: { jobs } })
const listed = allJobOperations({
  store,
  jobs: jobOperations(store, { jobs }),
  scheduledQueries: scheduledQueryOperations(store, {} as DataPlane),
})
const [queryCount, runsPerQuery] = [200, 100]

const ids = Array.from({ length: sourceCount }, (_, n) => `source-${String(n).padStart(5, '0')}`)
await store.change(author, async (tx) => {
  await tx
    .insertInto('workspaces')
    .values({ id: 'default', name: 'Default', createdAt: 0, archivedAt: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  for (const id of ids)
    await insertInput(tx, {
      ...{ workspaceId: 'default', id, label: id, type: 'daily', settings: '{}', createdAt: 0, disabledAt: null },
    } as Parameters<typeof insertInput>[1])
  return { result: undefined, audit: { workspaceId: 'default', action: 'bench', object: '' } }
})

async function took(what: string, work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  const ms = `${Math.round(performance.now() - startedAt)} ms`
  console.log(`${what.padEnd(45)} ${ms.padStart(9)}, of which ${Math.round((user + system) / 1_000)} ms of CPU`)
}

const perSource = Math.ceil(history / sourceCount)
await took(`${history} jobs put into history`, async () => {
  for (const [n, id] of ids.entries()) {
    const at = 1_700_000_000_000 + n * 60_000
    const orders = Array.from({ length: perSource }, (_, day) => {
      const range = dayAfter('2000-01-01', day)
      return { range: { start: range, end: range } }
    })
    const rows = queuedJobs({ workspaceId: 'default', id }, orders, { at }).map((row, index) => {
      const state = index % 50 === 0 ? ('FAILURE' as const) : ('SUCCESS' as const)
      return { ...row, state, startedAt: at, endedAt: at + 1_000, calls: 3 }
    })
    await store.change(author, async (tx) => {
      await insertJobs(tx, rows)
      return { result: undefined, audit: { workspaceId: 'default', action: 'bench', object: id } }
    })
  }
})
await took(`${queryCount * runsPerQuery} runs of ${queryCount} scheduled queries beside them`, () =>
  store.change(author, async (tx) => {
    for (let n = 0; n < queryCount; n++) {
      const query = { workspaceId: 'default', id: String(n) }
      await insertQuery(tx, {
        ...{ ...query, label: `query ${n}`, target: `table_${n}`, work: '{"kind":"write","sql":"DELETE FROM t"}' },
        ...{ schedule: '{"everyHours":1}', timeLimitMs: 1_000, createdAt: 0, disabledAt: null, nextAt: null },
        ...{ eventType: null, details: '{}' },
      })
      for (let run = 0; run < runsPerQuery; run++) {
        const at = 1_700_000_000_000 + run * 600_000 + n
        const ended = { startedAt: at, endedAt: at + 1_000, rowCount: 1 }
        await insertRun(tx, { ...queuedRun(query, at, null), ...ended, state: run % 50 === 0 ? 'FAILURE' : 'SUCCESS' })
      }
    }
    return { result: undefined, audit: { workspaceId: 'default', action: 'bench', object: '' } }
  }),
)
const range = { start: '1990-01-01', end: dayAfter('1990-01-01', 9_999), daysPerJob: 1 }
await took('10,000 jobs of one source planned', () => sources.plan(caller, ids[0]!, range))
const tenth = { start: '2020-01-01', end: dayAfter('2020-01-01', 99), daysPerJob: 10 }
await took('10,000 jobs of 1,000 sources planned', () => sources.planMany(caller, ids, tenth))
await took('10,000 jobs of one source queued', () => sources.process(caller, ids[0]!, range))
const page = { limit: 100 }
await took('the newest 100 jobs', () => listed.list(caller, {}, page))
await took('100 jobs that failed', () => listed.list(caller, { state: 'FAILURE' }, page))
await took('100 jobs that wait', () => listed.list(caller, { state: 'QUEUED' }, page))
await took('100 runs of scheduled queries that failed', () =>
  listed.list(caller, { kind: 'query', state: 'FAILURE' }, page),
)
await took('100 jobs of a source that failed', () => listed.list(caller, { source: ids[500]!, state: 'FAILURE' }, page))
await took('1,000 sources with their last job', () => sources.list(caller, { limit: 1_000 }))
await took('which sources wait', () => waitingSources(store.db, Date.now(), []))
await store.close()
rmSync(folder, { recursive: true })
