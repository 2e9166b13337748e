import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DueSource, defaultJobRetention, type Job, type SourceStore } from '../sources.ts'
import { jobOf, queuedJobs } from './job-rows.ts'
import { openSourceStore } from './source-store.ts'
import { insertInput } from './store/inputs.ts'
import { findJob, insertJobs, listJobs, pauseOpen } from './store/jobs.ts'
import type { Tx } from './store/schema.ts'
import { openStore, type Store } from './store/store.ts'
import { insertWorkspace } from './store/workspaces.ts'

const author = { actor: 'somebody', tokenId: null, ip: null, requestId: null }
const source = { workspace: 'w', source: 'ads' }
const [me, other] = ['this process', 'another process']
const minute = 60_000
let folder: string
let store: Store
let sources: SourceStore

const change = (work: (tx: Tx) => Promise<void>) =>
  store.change(author, async (tx) => {
    await work(tx)
    return { result: undefined, audit: { workspaceId: 'w', action: 'test', object: 'test' } }
  })
const open = (retention = defaultJobRetention) =>
  openSourceStore({ store, inputKeys: { refresh: async () => {} }, types: {}, retention })
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-sources-'))
  store = openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32).fill(1) })
  sources = open()
  await change(async (tx) => {
    await insertWorkspace(tx, { id: 'w', name: 'w', createdAt: 1, archivedAt: null })
    const input = {
      workspaceId: 'w',
      id: 'ads',
      label: 'ads',
      type: 'daily',
      settings: '{}',
      createdAt: 1,
      disabledAt: null,
    }
    await insertInput(tx, input as Parameters<typeof insertInput>[1])
  })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

async function queue(days: readonly string[], more: object = {}, at = 1): Promise<Job[]> {
  const orders = days.map((day) => ({ range: { start: day, end: day }, isBackFill: true, ...more }))
  const rows = queuedJobs({ workspaceId: 'w', id: 'ads' }, orders, { at })
  await change((tx) => insertJobs(tx, rows))
  return rows.map(jobOf)
}
const now = async ({ id }: Job) => jobOf((await findJob(store.db, 'w', id))!)

test('a job is held by one process; another one has it when that was not heard of in time, and the first can change it no more', async () => {
  const [job] = await queue(['2026-01-01'])
  expect(await sources.begin(job!, { owner: other, until: 10 * minute }, 1)).toBe(true)
  expect(await sources.begin(job!, { owner: me, until: 10 * minute }, 2)).toBe(false)
  expect(await sources.toRun(me, 10 * minute)).toEqual([])
  expect(await sources.renew({ owner: other, until: 20 * minute })).toEqual([job!.id])
  expect(await sources.toRun(me, 20 * minute)).toEqual([])
  const [lost] = await sources.toRun(me, 20 * minute + 1)
  expect(await sources.begin(lost!, { owner: me, until: 30 * minute }, 20 * minute + 1)).toBe(true)
  const page = { state: { n: 1 }, pages: 1, rowCount: 1, rowsLoaded: 0, calls: 1 }
  const progress = { loaded: null, total: null, message: null, etaAt: null }
  await expect(sources.pageDone(lost!, other, { ...page, ...progress })).rejects.toThrow(/taken it over/)
  await sources.pageDone(lost!, me, { ...page, ...progress })
  await sources.end(lost!, other, 1, { state: 'FAILURE', error: null, calls: 1 })
  expect(await now(job!)).toMatchObject({ state: 'RUNNING', pages: 1 })
  expect(await sources.renew({ owner: other, until: 40 * minute })).toEqual([])
})

test('what processes held that are known to be gone is free at once', async () => {
  const [job] = await queue(['2026-01-01'])
  await sources.begin(job!, { owner: other, until: 10 * minute }, 1)
  await sources.voidOthers(me)
  expect((await sources.toRun(me, 1)).map(({ id }) => id)).toEqual([job!.id])
})

test('what is due comes before back-fills; what is paused or has not its time yet does not come', async () => {
  const backFills = await queue(['2026-01-01', '2026-01-02'])
  const [due] = await queue(['2026-01-03'], { isBackFill: false }, 2)
  await queue(['2026-01-04'], { notBefore: 100 }, 3)
  expect(await sources.waitingSources(50, [])).toEqual([{ ...source, isBackFill: false }])
  expect(await sources.waitingSources(50, ['w'])).toEqual([])
  const ids = async (at: number) => (await sources.waiting(source, at, 10)).map(({ range }) => range!.start)
  expect(await ids(50)).toEqual(['2026-01-03', '2026-01-01', '2026-01-02'])
  expect(await ids(100)).toEqual(['2026-01-03', '2026-01-01', '2026-01-02', '2026-01-04'])
  await sources.begin(due!, { owner: me, until: minute }, 50)
  await sources.release(due!, me, 70)
  expect(await ids(60)).toEqual(backFills.map(({ range }) => range!.start))
})

test('a schedule with a window queues the days up to yesterday, in the time zone, cut into jobs', async () => {
  const dueSource = (schedule: DueSource['schedule']): DueSource => ({
    workspace: 'w',
    id: 'ads',
    schedule,
    scheduledAt: 0,
  })
  // The day of 23 hours has begun in Prague, and not yet in UTC.
  const at = Date.parse('2026-03-28T23:30:00Z')
  const cron = { cron: '0 0 * * *', timeZone: 'Europe/Prague' }
  await sources.queue(dueSource({ ...cron, window: { days: 12, lagDays: 1 } }), at, null)
  const ranges = async () =>
    (await listJobs(store.db, 'w', {}, { before: undefined, limit: 10 })).map(jobOf).map(({ range }) => range)
  expect(await ranges()).toEqual([
    { start: '2026-03-27', end: '2026-03-28' },
    { start: '2026-03-17', end: '2026-03-26' },
  ])
  await sources.queue(dueSource({ everyMinutes: 5, window: { days: 1, lagDays: 0 } }), at, null)
  expect(await ranges()).toHaveLength(2) // those that were due are there still
})

test('back-fills that wait do not keep away what is due', async () => {
  await queue(['2026-01-01'])
  await sources.queue({ ...{ workspace: 'w', id: 'ads', scheduledAt: 0 }, schedule: { everyMinutes: 5 } }, 10, null)
  expect((await sources.waiting(source, 10, 10)).map(({ range }) => range?.start)).toEqual([undefined, '2026-01-01'])
})

test('jobs that have ended are kept by their number and their age, those that are open always', async () => {
  sources = open({ countMax: 3, ageMaxDays: 100 })
  const day = 86_400_000
  const [old] = await queue(['2026-01-01'], {}, day)
  const jobs = await queue(['2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05', '2026-01-06'], {}, 200 * day)
  for (const job of [old!, ...jobs.slice(0, 4)]) {
    await sources.begin(job, { owner: me, until: 1 }, 1)
    await sources.end(job, me, 200 * day, { state: 'SUCCESS', error: null, calls: 0 })
  }
  const left = await listJobs(store.db, 'w', {}, { before: undefined, limit: 10 })
  expect(left.map(({ rangeStart }) => rangeStart)).toEqual(['2026-01-06', '2026-01-05', '2026-01-04', '2026-01-03'])
})

test('what was paused while its process died waits, and is not taken up', async () => {
  const [paused, running] = await queue(['2026-01-01', '2026-01-02'])
  for (const job of [paused!, running!]) await sources.begin(job, { owner: other, until: 10 * minute }, 1)
  await change((tx) => pauseOpen(tx, 'w', [paused!.id], 2))
  await sources.voidOthers(me)
  expect((await sources.toRun(me, 3)).map(({ id }) => id)).toEqual([running!.id])
  expect(await now(paused!)).toMatchObject({ state: 'QUEUED' })
  expect(await sources.waiting(source, 3, 10)).toEqual([])
})
