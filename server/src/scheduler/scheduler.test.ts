import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../errors.ts'
import type { NotificationDraft } from '../notifications.ts'
import type { StatementResult } from '../query.ts'
import type { RunEnd, ScheduledQuery, ScheduleStore, WaitingRun } from '../scheduled-queries.ts'
import { silentLogger } from '../telemetry.ts'
import { openScheduler, type Scheduler } from './scheduler.ts'

const hourMs = 3_600_000

let now: number
let queries: (ScheduledQuery & { nextAt: number | null })[]
let runs: { run: WaitingRun; state: string; end?: RunEnd }[]
let statements: Map<string, { done: (result: StatementResult) => void; fail: (error: Error) => void }>
let notified: NotificationDraft[]
/** Statements that were carried out. */
let done: Map<string, StatementResult>
/** Workspaces that could not be opened. */
let broken: Set<string>
let scheduler: Scheduler | undefined

beforeEach(() => {
  vi.useFakeTimers()
  now = 1_000 * hourMs
  queries = []
  runs = []
  statements = new Map()
  notified = []
  done = new Map()
  broken = new Set()
})
afterEach(async () => {
  await scheduler?.close()
  vi.useRealTimers()
})

const store: ScheduleStore = {
  due: async (at) => queries.filter(({ nextAt }) => nextAt !== null && nextAt <= at),
  async queue(query, _at, nextAt) {
    queries.find(({ id }) => id === query.id)!.nextAt = nextAt
    if (openRuns(query.id).length === 0) wait(query)
  },
  waiting: async () => runs.filter(({ state }) => state === 'QUEUED').map(({ run }) => run),
  async begin({ id }) {
    runs.find(({ run }) => run.id === id)!.state = 'RUNNING'
    return true
  },
  async end({ id }, _at, end) {
    Object.assign(runs.find(({ run }) => run.id === id)!, { state: end.state, end })
  },
  lost: async () => runs.filter(({ state }) => state === 'RUNNING').map(({ run }) => run),
}

const openRuns = (query: string) =>
  runs.filter(({ run, state }) => run.query.id === query && ['QUEUED', 'RUNNING'].includes(state))
const wait = (query: ScheduledQuery) => runs.push({ run: { id: `r${runs.length}`, query }, state: 'QUEUED' })
const states = () => runs.map(({ state }) => state)

function query(id: string, { workspace = 'w', nextAt = null as number | null } = {}) {
  const made = {
    workspace,
    id,
    label: id,
    target: `made_${id}`,
    work: { kind: 'select', sql: 'SELECT 1', mode: 'replace' } as const,
    schedule: { everyHours: 1 },
    timeLimitMs: 1_000,
    createdAt: 0,
    nextAt,
  }
  queries.push(made)
  return made
}

async function open(): Promise<void> {
  scheduler = openScheduler({
    store,
    statement: (_workspace, id) => new Promise((done, fail) => statements.set(id, { done, fail })),
    statementDone: async (_workspace, id) => done.get(id),
    stop: async (id) => statements.get(id)?.fail(new MillraceError('conflict', 'The statement was stopped')),
    isOpen: (workspace) => !broken.has(workspace),
    notify: (_workspace, draft) => void notified.push(draft),
    logger: silentLogger,
    now: () => now,
  })
  await tick()
}

/** Long enough for it to look twice. */
const tick = () => vi.advanceTimersByTimeAsync(2_000)

describe('the scheduler', () => {
  it('runs what is due, once for all that was missed, and says when it is due next', async () => {
    const missed = query('a', { nextAt: now - 50 * hourMs })
    query('b', { nextAt: now + 1 })
    await open()
    expect(states()).toEqual(['RUNNING'])
    expect(missed.nextAt).toBe(now + hourMs)
    statements.get('r0')!.done({ rowCount: 3 })
    await tick()
    expect(runs[0]).toMatchObject({ state: 'SUCCESS', end: { rowCount: 3, error: null } })
    now += 1
    await tick()
    expect(runs.map(({ run, state }) => [run.query.id, state])).toEqual([
      ['a', 'SUCCESS'],
      ['b', 'RUNNING'],
    ])
  })

  it('runs a query once at a time, and two of a workspace', async () => {
    const [a, b, c] = [query('a'), query('b'), query('c')]
    const other = query('d', { workspace: 'other' })
    for (const one of [a, a, b, c, other]) wait(one)
    await open()
    expect(states()).toEqual(['RUNNING', 'QUEUED', 'RUNNING', 'QUEUED', 'RUNNING'])
    statements.get('r0')!.done({ rowCount: 0 })
    await tick()
    expect(states()).toEqual(['SUCCESS', 'RUNNING', 'RUNNING', 'QUEUED', 'RUNNING'])
  })

  it('lets runs of a workspace rest that could not be opened, one of each query, until it is', async () => {
    const due = query('a', { nextAt: now })
    query('b', { workspace: 'other', nextAt: now })
    broken.add('w')
    await open()
    for (let hours = 0; hours < 3; hours++) {
      now += hourMs
      await tick()
    }
    expect(runs.map(({ run, state }) => [run.query.id, state])).toEqual([
      ['a', 'QUEUED'],
      ['b', 'RUNNING'],
    ])
    expect(due.nextAt).toBe(now + hourMs)
    broken.clear()
    scheduler!.wake()
    await tick()
    expect(states()).toEqual(['RUNNING', 'RUNNING'])
    expect(notified).toEqual([])
  })

  it('says what became of a run left under way once the tables that know it are open', async () => {
    runs.push({ run: { id: 'r0', query: query('q') }, state: 'RUNNING' })
    done.set('r0', { rowCount: 7 })
    broken.add('w')
    await open()
    await tick()
    expect([states(), notified]).toEqual([['RUNNING'], []])
    broken.clear()
    await tick()
    expect([states(), notified]).toEqual([['SUCCESS'], []])
  })

  it('tells of a run that fails, without what DuckDB says of rows', async () => {
    wait(query('a'))
    await open()
    statements.get('r0')!.fail(new MillraceError('invalid_sql', "Could not convert string 'secret' to INT32"))
    await tick()
    expect(runs[0]).toMatchObject({
      state: 'FAILURE',
      end: { error: { code: 'invalid_sql', message: /secret/ } },
    } as object)
    expect(notified).toMatchObject([{ type: 'scheduled_query_failed', subject: 'a', cause: { id: 'a' } }])
    expect(JSON.stringify(notified)).not.toContain('secret')
  })

  it('knows of what a process before left under way whether it was carried out', async () => {
    runs.push({ run: { id: 'r0', query: query('q') }, state: 'RUNNING' })
    done.set('r0', { rowCount: 7 })
    await open()
    expect([states(), runs[0]!.end, notified]).toEqual([
      ['SUCCESS'],
      { state: 'SUCCESS', rowCount: 7, error: null },
      [],
    ])
  })

  it('ends what a process before left under way, tells of it, and runs the next', async () => {
    wait(query('a', { nextAt: now }))
    runs[0]!.state = 'RUNNING'
    await open()
    expect(states()).toEqual(['FAILURE', 'RUNNING'])
    expect(notified).toHaveLength(1)
  })

  it('stops a run, of its own workspace alone, and tells nobody', async () => {
    wait(query('a'))
    await open()
    await scheduler!.stop('other', 'r0')
    expect(states()).toEqual(['RUNNING'])
    await scheduler!.stop('w', 'r0')
    await scheduler!.stop('w', 'r0')
    expect(states()).toEqual(['CANCELLED'])
    expect(notified).toEqual([])
  })

  it('stops what is under way when it closes, and leaves what waits for the next start', async () => {
    const a = query('a')
    wait(a)
    wait(a)
    await open()
    await scheduler!.close()
    expect(states()).toEqual(['CANCELLED', 'QUEUED'])
    expect(runs[0]!.end?.error?.message).toBe('The server was stopped while it ran')
    await open()
    expect(states()).toEqual(['CANCELLED', 'RUNNING'])
  })

  it('goes on where the store fails for a while', async () => {
    wait(query('a'))
    const due = vi.spyOn(store, 'due').mockRejectedValueOnce(new MillraceError('storage_full', 'full'))
    const end = vi.spyOn(store, 'end').mockRejectedValueOnce(new MillraceError('storage_full', 'full'))
    await open()
    await tick()
    statements.get('r0')!.done({ rowCount: 1 })
    await tick()
    expect(states()).toEqual(['SUCCESS'])
    expect([due.mock.calls.length > 1, end.mock.calls.length]).toEqual([true, 2])
    vi.restoreAllMocks()
  })
})
