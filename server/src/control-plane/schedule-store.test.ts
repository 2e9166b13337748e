import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runsKept, type ScheduleStore } from '../scheduled-queries.ts'
import { openScheduleStore, queuedRun } from './schedule-store.ts'
import { insertQuery, listQueries, type QueryRow } from './store/scheduled-queries.ts'
import { insertRun, listRuns } from './store/scheduled-query-runs.ts'
import { openStore, type Store } from './store/store.ts'
import { insertWorkspace, updateWorkspace } from './store/workspaces.ts'

const author = { actor: 'somebody', tokenId: null, ip: null, requestId: null }
let folder: string
let store: Store
let schedule: ScheduleStore

const open = () => {
  store = openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32).fill(1) })
  schedule = openScheduleStore(store)
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-schedule-'))
  open()
  for (const id of ['w', 'other']) {
    await store.change(author, async (tx) => {
      await insertWorkspace(tx, { id, name: id, createdAt: 1, archivedAt: null })
      return { result: undefined, audit: { workspaceId: id, action: 'workspace.created', object: id } }
    })
  }
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

async function make(id: string, more: Partial<QueryRow> = {}): Promise<void> {
  const row: QueryRow = {
    workspaceId: 'w',
    id,
    label: id,
    target: `made_${id}`,
    work: '{"kind":"select","sql":"SELECT 1","mode":"replace"}',
    schedule: '{"everyHours":1}',
    timeLimitMs: 1_000,
    createdAt: 1,
    disabledAt: null,
    nextAt: 100,
    eventType: null,
    details: '{}',
    ...more,
  }
  await store.change(author, async (tx) => {
    await insertQuery(tx, row)
    const audit = { workspaceId: row.workspaceId, action: 'scheduled-query.created', object: id }
    return { result: undefined, audit }
  })
}

const dueIds = async (now: number) => (await schedule.due(now)).map(({ workspace, id }) => `${workspace} ${id}`)
const states = async (id: string) =>
  (await listRuns(store.db, 'w', id, { before: undefined, limit: 1_000 })).map(({ state }) => state)
const success = { state: 'SUCCESS', rowCount: 1, error: null } as const
const failure = { state: 'FAILURE', rowCount: null, error: { code: 'invalid_sql', message: 'no' } } as const

/** Ids rise with the time at which they are made. */
let lastAt = 1_000_000

/** Queues a run, begins it and ends it. */
async function run(end: typeof success | typeof failure): Promise<void> {
  const [query] = await schedule.due(1_000)
  await schedule.queue(query!, ++lastAt, 100)
  const [waiting] = await schedule.waiting()
  expect(await schedule.begin(waiting!, 1)).toBe(true)
  await schedule.end(waiting!, 2, end)
}

describe('the schedule', () => {
  it('has due what is switched on, has come, and is in an open workspace', async () => {
    await make('1')
    await make('2', { nextAt: 101 })
    await make('3', { nextAt: null })
    await make('4', { disabledAt: 1 })
    await make('1', { workspaceId: 'other' })
    expect(await dueIds(99)).toEqual([])
    expect((await dueIds(100)).sort()).toEqual(['other 1', 'w 1'])
    await store.change(author, async (tx) => {
      await updateWorkspace(tx, 'other', { archivedAt: 5 })
      return { result: undefined, audit: { workspaceId: 'other', action: 'workspace.archived', object: 'other' } }
    })
    expect(await dueIds(1_000)).toEqual(['w 1', 'w 2'])
  })

  it('queues a run unless one waits or is under way', async () => {
    await make('1')
    const [query] = await schedule.due(100)
    await schedule.queue(query!, 100, 200)
    expect(await dueIds(150)).toEqual([])
    await schedule.queue(query!, 200, 300)
    expect(await states('1')).toEqual(['QUEUED'])
    const [waiting] = await schedule.waiting()
    expect([await schedule.begin(waiting!, 201), await schedule.begin(waiting!, 202)]).toEqual([true, false])
    await schedule.queue(query!, 300, 400)
    expect(await states('1')).toEqual(['RUNNING'])
    await schedule.end(waiting!, 301, success)
    await schedule.queue(query!, 400, null)
    expect((await states('1')).sort()).toEqual(['QUEUED', 'SUCCESS'])
  })

  it('knows what a process before left under way, and only that', async () => {
    await make('1')
    await make('2')
    for (const query of await schedule.due(100)) await schedule.queue(query, 100, 200)
    const [first] = await schedule.waiting()
    await schedule.begin(first!, 101)
    await store.close()
    open()
    expect((await schedule.lost()).map(({ id }) => id)).toEqual([first!.id])
    await schedule.end(first!, 500, failure)
    expect([await states(first!.query.id), (await schedule.waiting()).length]).toEqual([['FAILURE'], 1])
    expect(await schedule.lost()).toEqual([])
  })

  it('lists as failed those whose last run has failed', async () => {
    await make('1')
    const failed = async () => (await listQueries(store.db, 'w', { limit: 10, state: 'error' })).map(({ id }) => id)
    expect(await failed()).toEqual([])
    for (const [end, expected] of [
      [failure, ['1']],
      [success, []],
      [failure, ['1']],
    ] as const) {
      await run(end)
      expect(await failed()).toEqual(expected)
    }
  })

  it(`keeps the newest ${runsKept} runs`, async () => {
    await make('1')
    for (let n = 0; n < runsKept + 5; n++) {
      const row = queuedRun({ workspaceId: 'w', id: '1' }, 1_000 + n, null)
      await insertRun(store.db, { ...row, state: 'FAILURE' })
    }
    await run(success)
    const runs = await listRuns(store.db, 'w', '1', { before: undefined, limit: 1_000 })
    expect([runs.length, runs[0]!.state, runs.at(-1)!.queuedAt]).toEqual([runsKept, 'SUCCESS', 1_006])
  })
})
