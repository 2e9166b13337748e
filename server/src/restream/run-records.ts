/** What is remembered of runs, in the queue's file: the last hundred. */
import type { DatabaseSync } from 'node:sqlite'
import type { RestreamFilter, RestreamRunState } from '../restream.ts'
import { inTransaction, type Prepare } from './transaction.ts'

export interface RunRecord {
  readonly id: number
  readonly filter: RestreamFilter
  readonly eventsPerSecondMax?: number
  readonly state: RestreamRunState
  readonly total: number
  readonly sent: number
  /** ms since 1970 UTC. */
  readonly startedAt: number
  readonly endedAt: number | null
  readonly error: string | null
}

export interface RunRecords {
  /** Gives it its id. @throws MillraceError `storage_full`, `overloaded`; so does `update`. */
  add(run: Omit<RunRecord, 'id'>): RunRecord
  update(run: Pick<RunRecord, 'id' | 'state' | 'sent' | 'endedAt' | 'error'>): void
  get(id: number): RunRecord | undefined
  /** The newest first, from `before` (exclusive) on. */
  list(page: { before?: number; limit: number }): RunRecord[]
}

const runsKept = 100

export function openRunRecords(db: DatabaseSync, prepare: Prepare): RunRecords {
  return {
    add({ filter, eventsPerSecondMax, state, total, sent, startedAt, endedAt, error }) {
      const row = inTransaction(db, () => {
        const added = prepare(
          `INSERT INTO runs (filter, events_per_second_max, state, total, sent, started_at, ended_at, error)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
        ).get(JSON.stringify(filter), eventsPerSecondMax ?? null, state, total, sent, startedAt, endedAt, error)!
        prepare('DELETE FROM runs WHERE id <= ?').run((added['id'] as bigint) - BigInt(runsKept))
        return added
      })
      return recordOf(row)
    },
    update({ id, state, sent, endedAt, error }) {
      inTransaction(db, () =>
        prepare('UPDATE runs SET state = ?, sent = ?, ended_at = ?, error = ? WHERE id = ?').run(
          state,
          sent,
          endedAt,
          error,
          id,
        ),
      )
    },
    get(id) {
      const row = prepare('SELECT * FROM runs WHERE id = ?').get(id)
      return row && recordOf(row)
    },
    list: ({ before = Number.MAX_SAFE_INTEGER, limit }) =>
      prepare('SELECT * FROM runs WHERE id < ? ORDER BY id DESC LIMIT ?').all(before, limit).map(recordOf),
  }
}

function recordOf(row: Record<string, unknown>): RunRecord {
  const perSecond = row['events_per_second_max']
  return {
    id: Number(row['id']),
    filter: JSON.parse(row['filter'] as string) as RestreamFilter,
    ...(perSecond === null ? {} : { eventsPerSecondMax: Number(perSecond) }),
    state: row['state'] as RestreamRunState,
    total: Number(row['total']),
    sent: Number(row['sent']),
    startedAt: Number(row['started_at']),
    endedAt: row['ended_at'] === null ? null : Number(row['ended_at']),
    error: row['error'] as string | null,
  }
}
