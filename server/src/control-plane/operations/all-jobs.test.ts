import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RunState } from '../../scheduled-queries.ts'
import type { DataPlane } from '../data-plane.ts'
import { queuedJobs } from '../job-rows.ts'
import { queuedRun } from '../schedule-store.ts'
import { insertInput } from '../store/inputs.ts'
import { insertJobs } from '../store/jobs.ts'
import { insertQuery } from '../store/scheduled-queries.ts'
import { insertRun } from '../store/scheduled-query-runs.ts'
import type { Tx } from '../store/schema.ts'
import { openStore, type Store } from '../store/store.ts'
import { insertWorkspace } from '../store/workspaces.ts'
import { type AnyJobFilter, allJobOperations } from './all-jobs.ts'
import { jobOperations } from './jobs.ts'
import type { Caller } from './operation.ts'
import { scheduledQueryOperations } from './scheduled-queries.ts'

const author = { actor: 'somebody', tokenId: null, ip: null, requestId: null }
const caller: Caller = {
  user: { id: 'ada', email: 'ada@localhost', isInstanceAdmin: false },
  ...{ tokenId: null, session: null, workspace: 'w', role: 'owner', ip: null, requestId: null },
}
let folder: string
let store: Store
let jobs: ReturnType<typeof allJobOperations>
let stopped: string[]

const change = (work: (tx: Tx) => Promise<void>, workspaceId = 'w') =>
  store.change(author, async (tx) => {
    await work(tx)
    return { result: undefined, audit: { workspaceId, action: 'test', object: 'test' } }
  })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-jobs-'))
  store = openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32).fill(1) })
  stopped = []
  const runner = { cancel: async () => {}, wake: () => {}, pause: async () => {} } as unknown as DataPlane['jobs']
  const scheduler = { wake: () => {}, stop: async (_: string, id: string) => void stopped.push(id) }
  const ofSources = jobOperations(store, { jobs: runner })
  const scheduledQueries = scheduledQueryOperations(store, { scheduler } as unknown as DataPlane)
  jobs = allJobOperations({ store, jobs: ofSources, scheduledQueries })
  for (const workspaceId of ['w', 'other'])
    await change(async (tx) => {
      await insertWorkspace(tx, { id: workspaceId, name: workspaceId, createdAt: 1, archivedAt: null })
      const input = { id: 'ads', label: 'ads', type: 'daily', settings: '{}', createdAt: 1, disabledAt: null }
      await insertInput(tx, { workspaceId, ...input } as Parameters<typeof insertInput>[1])
      for (const [id, work] of [
        ['1', { kind: 'select', sql: `SELECT '{"kind":"newest"}'`, mode: 'replace' }],
        ['2', { kind: 'newest', from: 'sale', key: ['id'], by: null }],
      ] as const)
        await insertQuery(tx, {
          ...{ workspaceId, id, label: `query ${id}`, target: `made_${id}`, work: JSON.stringify(work) },
          ...{ schedule: '{"everyHours":1}', timeLimitMs: 1_000, createdAt: 1, disabledAt: null, nextAt: null },
          ...{ eventType: null, details: '{}' },
        })
    }, workspaceId)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

async function sourceJob(at: number, state: RunState = 'QUEUED', workspaceId = 'w'): Promise<string> {
  const [row] = queuedJobs({ workspaceId, id: 'ads' }, [{ range: null }], { at })
  await change((tx) => insertJobs(tx, [{ ...row!, state, endedAt: state === 'QUEUED' ? null : at }]), workspaceId)
  return row!.id
}

async function queryJob(
  id: string,
  at: number,
  more: Partial<Parameters<typeof insertRun>[1]> = {},
  workspaceId = 'w',
): Promise<string> {
  const row = { ...queuedRun({ workspaceId, id }, at, null), ...more }
  await change((tx) => insertRun(tx, row), workspaceId)
  return row.id
}

const ids = async (filter: AnyJobFilter = {}, page: { limit: number; after?: string } = { limit: 100 }) =>
  (await jobs.list(caller, filter, page)).map(({ id }) => id)

it('jobs of all kinds are one list, newest first, page by page, of one workspace', async () => {
  const made: string[] = []
  for (let at = 1_000; at < 1_030; at += 3)
    made.unshift(await sourceJob(at), await queryJob('1', at + 1), await queryJob('2', at + 2))
  made.sort().reverse()
  await sourceJob(1_000, 'QUEUED', 'other')
  await queryJob('1', 1_000, {}, 'other')
  expect(await ids()).toEqual(made)
  const paged: string[] = []
  for (let after: string | undefined; ; after = paged.at(-1)!) {
    const page = await ids({}, { limit: 7, ...(after !== undefined && { after }) })
    if (page.length === 0) break
    paged.push(...page)
  }
  expect(paged).toEqual(made)
})

it('are found by kind, source, query and state', async () => {
  const fetched = await sourceJob(1_000, 'FAILURE')
  const queried = await queryJob('1', 1_001, { state: 'FAILURE', endedAt: 1_002 })
  const consolidated = await queryJob('2', 1_003)
  expect(await ids({ kind: 'source' })).toEqual([fetched])
  expect(await ids({ kind: 'query' })).toEqual([queried])
  expect(await ids({ kind: 'consolidation' })).toEqual([consolidated])
  expect(await ids({ source: 'ads' })).toEqual([fetched])
  expect(await ids({ query: '2' })).toEqual([consolidated])
  expect(await ids({ query: '2', kind: 'query' })).toEqual([])
  expect(await ids({ source: 'ads', query: '2' })).toEqual([])
  expect(await ids({ query: 'none' })).toEqual([])
  expect(await ids({ state: 'FAILURE' })).toEqual([queried, fetched])
  expect(await ids({ state: 'QUEUED' })).toEqual([consolidated])
})

it('a run says what it is of, how it fares, and has a log', async () => {
  const ended = { startedAt: 1_500, endedAt: 2_500 }
  const id = await queryJob('2', 1_000, { state: 'SUCCESS', askedBy: 'ada', rowCount: 7, ...ended })
  const told = { kind: 'consolidation', query: '2', label: 'query 2', target: 'made_2', state: 'SUCCESS', rowCount: 7 }
  expect(await jobs.get(caller, id)).toMatchObject({ id, ...told, ...ended, error: null })
  const lines = [
    { at: 1_000, level: 'info', message: 'queued', fields: { askedBy: 'ada' } },
    { at: 1_500, level: 'info', message: 'begun', fields: { target: 'made_2' } },
    { at: 2_500, level: 'info', message: 'succeeded', fields: { rows: 7, tookMs: 1_000 } },
  ]
  expect(await jobs.log(caller, id, { from: 0, limit: 10 })).toEqual(lines)
  expect(await jobs.log(caller, id, { from: 1, limit: 1 })).toEqual([lines[1]])
  expect(await jobs.rawPages(caller, id)).toEqual([])
})

it('only those who may query see the words of an error', async () => {
  const error = { errorCode: 'invalid_sql', errorMessage: 'the customer is 17' }
  const id = await queryJob('1', 1_000, { state: 'FAILURE', startedAt: 1_001, endedAt: 1_002, ...error })
  const log = async (role: 'analyst' | 'viewer') =>
    JSON.stringify(await jobs.log({ ...caller, role }, id, { from: 0, limit: 10 }))
  expect(await log('analyst')).toContain('the customer is 17')
  expect(await log('viewer')).not.toContain('17')
  expect(await log('viewer')).toContain('invalid_sql')
})

it('runs are cancelled, alone and among jobs of sources; those that have ended stay as they are', async () => {
  const [waiting, other, fetched] = [await queryJob('1', 1_000), await queryJob('2', 1_001), await sourceJob(1_002)]
  const ended = await queryJob('1', 1_003, { state: 'SUCCESS', endedAt: 1_004 })
  expect(await jobs.cancel(caller, waiting)).toMatchObject({ state: 'CANCELLED', error: { code: 'conflict' } })
  const many = await jobs.cancelMany(caller, { ids: [ended, other, fetched] })
  expect(many.map(({ id, state }) => [id, state])).toEqual([
    [ended, 'SUCCESS'],
    [other, 'CANCELLED'],
    [fetched, 'CANCELLED'],
  ])
  expect(stopped).toEqual([waiting, other])
  const under = await queryJob('1', 1_005, { state: 'RUNNING', startedAt: 1_006 })
  await jobs.cancel(caller, under)
  expect(stopped.at(-1)).toBe(under)
})

it('what only jobs of sources know is refused with the reason, and nothing of it is done', async () => {
  const [run, fetched] = [await queryJob('1', 1_000), await sourceJob(1_001)]
  const refused = { code: 'conflict', message: expect.stringContaining('is a run of the scheduled query 1') }
  await expect(jobs.pause(caller, { ids: [fetched, run] })).rejects.toMatchObject(refused)
  await expect(jobs.resume(caller, { ids: [run] })).rejects.toMatchObject(refused)
  await expect(jobs.rerun(caller, [fetched, run])).rejects.toMatchObject(refused)
  await expect(jobs.download(caller, run, 'csv')).rejects.toMatchObject(refused)
  await expect(jobs.cancelMany(caller, { ids: [fetched, 'none'] })).rejects.toMatchObject({ code: 'not_found' })
  expect(await jobs.get(caller, fetched)).toMatchObject({ state: 'QUEUED', pausedAt: null })
  expect(await ids()).toHaveLength(2)
  await expect(jobs.get({ ...caller, workspace: 'other' }, run)).rejects.toMatchObject({ code: 'not_found' })
})
