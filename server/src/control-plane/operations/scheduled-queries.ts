/** Scheduled queries: statements that run by themselves into tables of their own. */
import { MillraceError } from '../../errors.ts'
import { refuseReservedTable } from '../../metadata-tables.ts'
import type { StatementWork } from '../../query.ts'
import { nextAt } from '../../schedule.ts'
import type { Schedule } from '../../scheduled-queries.ts'
import { isViewName } from '../../semantic/names.ts'
import type { DataPlane } from '../data-plane.ts'
import { queuedRun } from '../schedule-store.ts'
import { newestMappings } from '../store/mappings.ts'
import {
  countQueries,
  deleteQuery,
  findQuery,
  insertQuery,
  listQueries,
  type QueryFilter,
  type QueryRow,
  updateQuery,
} from '../store/scheduled-queries.ts'
import { changeRun, findRun, insertRun, listRuns, openRun, type RunRow } from '../store/scheduled-query-runs.ts'
import type { Db, Tx } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'
import { type ShownRun, shownQuery, shownRun } from './shown-queries.ts'

export interface ScheduledQueryDraft {
  readonly label: string
  /** Undefined: what the statement writes. */
  readonly target?: string | undefined
  readonly work: StatementWork
  readonly schedule: Schedule
  readonly timeLimitMs: number
  readonly isEnabled: boolean
  /** The event type that it is about, and what else a client keeps with it. */
  readonly eventType?: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface ScheduledQueryChange {
  readonly label?: string | undefined
  readonly work?: StatementWork | undefined
  readonly schedule?: Schedule | undefined
  readonly timeLimitMs?: number | undefined
  readonly isEnabled?: boolean | undefined
}

const queriesMax = 200

export function scheduledQueryOperations(store: Store, dataPlane: Pick<DataPlane, 'checkStatement' | 'scheduler'>) {
  const changeQuery = <T>(
    caller: Caller,
    id: string,
    action: string,
    work: (tx: Tx, query: QueryRow) => Promise<{ result: T; detail?: Record<string, unknown> }>,
  ): Promise<T> =>
    store.change(authorOf(caller), async (tx) => {
      const query = await queryIn(tx, caller, id)
      const { result, detail = {} } = await work(tx, query)
      const audit = { workspaceId: caller.workspace, action: `scheduled-query.${action}`, object: id, detail }
      return { result, audit }
    })
  /** @returns the target. */
  const checkWork = async (
    { workspace }: Caller,
    work: StatementWork,
    declared: string | undefined,
  ): Promise<string> => {
    const { target: written } = await dataPlane.checkStatement(workspace, work)
    const target = declared ?? written
    if (target === undefined) throw noTarget()
    if (written !== undefined && foldCase(written) !== foldCase(target)) throw otherTarget(written, target)
    refuseReservedTable(target)
    if (isViewName(target)) throw viewTarget(target)
    await refuseMapped(store.db, workspace, target)
    return target
  }

  return {
    /** By id. */
    list: operation(
      'scheduled-queries:read',
      async (caller, filter: { state?: QueryFilter | undefined }, page: Page) => {
        const rows = await listQueries(store.db, caller.workspace, { ...page, ...filter })
        return Promise.all(rows.map((row) => shownQuery(store.db, caller, row)))
      },
    ),

    get: operation('scheduled-queries:read', async (caller, id: string) =>
      shownQuery(store.db, caller, await queryIn(store.db, caller, id)),
    ),

    /** @throws MillraceError `invalid_request`, `invalid_sql`, `query_refused`; `conflict`: there are too many. */
    create: operation('scheduled-queries:write', async (caller, draft: ScheduledQueryDraft) => {
      const target = await checkWork(caller, draft.work, draft.target)
      const created = await store.change(authorOf(caller), async (tx) => {
        const now = store.now()
        const { count, lastId } = await countQueries(tx, caller.workspace)
        if (count >= queriesMax) throw tooMany()
        const row: QueryRow = {
          workspaceId: caller.workspace,
          id: String(Math.max(now, Number(lastId ?? 0) + 1)),
          label: draft.label,
          target,
          work: JSON.stringify(draft.work),
          schedule: JSON.stringify(draft.schedule),
          timeLimitMs: draft.timeLimitMs,
          createdAt: now,
          disabledAt: draft.isEnabled ? null : now,
          nextAt: firstAt(draft.schedule, now, now, draft.isEnabled),
          eventType: draft.eventType ?? null,
          details: JSON.stringify(draft.details ?? {}),
        }
        await insertQuery(tx, row)
        const audit = {
          workspaceId: caller.workspace,
          action: 'scheduled-query.created',
          object: row.id,
          detail: { ...auditedOf(draft), target },
        }
        return { result: await shownQuery(tx, caller, row), audit }
      })
      dataPlane.scheduler.wake()
      return created
    }),

    /** A run under way goes on as it is. @throws MillraceError as `create`. */
    update: operation('scheduled-queries:write', async (caller, id: string, change: ScheduledQueryChange) => {
      const { target } = await queryIn(store.db, caller, id)
      if (change.work !== undefined) await checkWork(caller, change.work, target)
      const updated = await changeQuery(caller, id, 'updated', async (tx, query) => {
        const now = store.now()
        const { label = query.label, timeLimitMs = query.timeLimitMs } = change
        const schedule = change.schedule ?? (JSON.parse(query.schedule) as Schedule)
        const isEnabled = change.isEnabled ?? query.disabledAt === null
        const isOtherwise = change.schedule !== undefined || isEnabled !== (query.disabledAt === null)
        const row = {
          ...query,
          label,
          timeLimitMs,
          schedule: JSON.stringify(schedule),
          work: change.work === undefined ? query.work : JSON.stringify(change.work),
          disabledAt: isEnabled ? null : (query.disabledAt ?? now),
          nextAt: isOtherwise ? firstAt(schedule, query.createdAt, now, isEnabled) : query.nextAt,
        }
        const { workspaceId: _, id: __, ...values } = row
        await updateQuery(tx, query, values)
        return { result: await shownQuery(tx, caller, row), detail: auditedOf({ ...change, isEnabled }) }
      })
      dataPlane.scheduler.wake()
      return updated
    }),

    /** Stops the run that is under way. Its table stays. */
    delete: operation('scheduled-queries:write', async (caller, id: string): Promise<void> => {
      await queryIn(store.db, caller, id)
      const open = await openRun(store.db, caller.workspace, id)
      if (open !== undefined) await dataPlane.scheduler.stop(caller.workspace, open.id)
      await changeQuery(caller, id, 'deleted', async (tx, query) => {
        await deleteQuery(tx, query)
        return { result: undefined, detail: { label: query.label, target: query.target } }
      })
    }),

    /** Runs it once, now, whether it is switched on or off. The run that waits or is under way where there is one. */
    run: operation('scheduled-queries:write', async (caller, id: string): Promise<ShownRun> => {
      const run = await changeQuery(caller, id, 'run', async (tx, query) => {
        const open = await openRun(tx, caller.workspace, id)
        if (open !== undefined) return { result: open }
        const queued = queuedRun(query, store.now(), caller.user.id)
        await insertRun(tx, queued)
        return { result: queued, detail: { run: queued.id } }
      })
      dataPlane.scheduler.wake()
      return shownRun(caller, run)
    }),

    /** The newest first. */
    runs: operation('scheduled-queries:read', async (caller, id: string, { limit, after }: Page) => {
      await queryIn(store.db, caller, id)
      const rows = await listRuns(store.db, caller.workspace, id, { before: after, limit })
      return rows.map((row) => shownRun(caller, row))
    }),

    getRun: operation('scheduled-queries:read', async (caller, id: string, run: string) =>
      shownRun(caller, await runIn(store.db, caller, id, run)),
    ),

    /** One that has ended stays as it is. */
    stopRun: operation('scheduled-queries:write', async (caller, id: string, runId: string): Promise<ShownRun> => {
      await changeQuery(caller, id, 'run-stopped', async (tx) => {
        const run = await runIn(tx, caller, id, runId)
        const error = { errorCode: 'conflict', errorMessage: 'Somebody stopped it' }
        const stopped = { state: 'CANCELLED' as const, endedAt: store.now(), ...error }
        await changeRun(tx, run, 'QUEUED', stopped)
        return { result: undefined, detail: { run: runId } }
      })
      await dataPlane.scheduler.stop(caller.workspace, runId)
      return shownRun(caller, await runIn(store.db, caller, id, runId))
    }),
  }
}

async function queryIn(db: Db, { workspace }: Caller, id: string): Promise<QueryRow> {
  const row = await findQuery(db, workspace, id)
  if (!row) throw notFound('scheduled query')
  return row
}

async function runIn(db: Db, { workspace }: Caller, query: string, id: string): Promise<RunRow> {
  const row = await findRun(db, workspace, query, id)
  if (!row) throw notFound('run')
  return row
}

function viewTarget(target: string): MillraceError {
  return new MillraceError('query_refused', `The name ${target} is one of a view of the semantic layer`, {
    hint: 'Name another table.',
  })
}

/** @throws MillraceError `query_refused`. */
async function refuseMapped(db: Db, workspace: string, target: string): Promise<void> {
  const mappings = await newestMappings(db, workspace)
  const isFilled = mappings.some(
    ({ tableName, mapping }) =>
      foldCase(tableName) === foldCase(target) && !(JSON.parse(mapping) as { isForgotten?: boolean }).isForgotten,
  )
  if (!isFilled) return
  throw new MillraceError('query_refused', `The table ${target} is one that events fill`, {
    hint: 'Name another table.',
  })
}

/** Null where it is switched off. @throws MillraceError `invalid_request`: it is no schedule, or its time never comes. */
function firstAt(schedule: Schedule, createdAt: number, now: number, isEnabled: boolean): number | null {
  const at = nextAt(schedule, { after: now, createdAt })
  if (at === null) {
    const message = 'Its time never comes'
    throw new MillraceError('invalid_request', message, { fields: [{ field: 'schedule.cron', message }] })
  }
  return isEnabled ? at : null
}

/** What the audit tells of it. */
function auditedOf({ label, work, schedule, timeLimitMs, isEnabled }: ScheduledQueryChange): Record<string, unknown> {
  const sql = work !== undefined && 'sql' in work ? { ...work, sql: work.sql.slice(0, 1_000).toWellFormed() } : work
  const all = { label, work: sql, schedule, timeLimitMs, isEnabled }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** The destination takes names that differ only in case for the same. */
function foldCase(name: string): string {
  return name.toLowerCase()
}

function noTarget(): MillraceError {
  const message = 'A SELECT needs a table that its rows go to'
  return new MillraceError('invalid_request', message, { fields: [{ field: 'target', message }] })
}

function otherTarget(written: string, target: string): MillraceError {
  return new MillraceError('query_refused', `The statement writes the table ${written}, not ${target}`)
}

function tooMany(): MillraceError {
  return new MillraceError('conflict', `A workspace has ${queriesMax} scheduled queries at most`)
}
