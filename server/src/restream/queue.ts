/**
 * The restream queue of one workspace: what could not go on, kept whole until it is sent through again or purged.
 *
 * An entry is keyed by the offset its event had in the log, so that a batch which is repeated overwrites what it set aside before.
 * It is sent again by appending it to the log with its entry's offset; the pipeline admits one such copy for each entry and
 * calls any other a duplicate. That is what makes each event load once, whatever dies between the steps:
 *
 *   waiting   sent_at null, seen_offset null
 *   sent      sent_at set: a copy is, or is about to be, in the log
 *   admitted  seen_offset set: the copy at that offset is the one that counts
 *   gone      once the destination holds that offset durably
 *   purged    gone at once; its offset is remembered until the destination holds it durably, so that a batch which comes again
 *             after the destination fell back does not bring it back
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { MillraceError } from '../errors.ts'
import type { Failure, RestreamEntry, RestreamFilter, RestreamStatus } from '../restream.ts'

/** What changes the queue throws MillraceError `storage_full` where the disk is, `overloaded` where another thread holds the file: nothing is changed then, repeat later. */
export interface RestreamQueue {
  /** Keeps failures durably; one at an offset that is kept already replaces it, and one that was purged stays so. */
  append(failures: readonly Failure[]): void
  /** Drops what was set aside at or after `position`: by a batch that was never written and will come again. */
  forget(partition: number, position: bigint): void
  /** Which of these resent events are the ones that count; the places in `copies` of those that do not. Safe to repeat. */
  admit(partition: number, copies: readonly { readonly entry: bigint; readonly offset: bigint }[]): Set<number>
  /** Removes entries whose copy lies before `durable`. */
  prune(partition: number, durable: bigint): void
  /** Entries that wait or are on their way, in the order of their offsets, from `after` (exclusive) on. */
  list(filter: RestreamFilter, page: { after?: bigint; limit: number }): RestreamEntry[]
  get(offset: bigint): RestreamEntry | undefined
  /** Marks up to `limit` waiting entries after `after` as sent and returns them. */
  take(filter: RestreamFilter, page: { after?: bigint; limit: number; now: number }): RestreamEntry[]
  /** Takes back `take`: the copies could not be appended. */
  release(offsets: readonly bigint[]): void
  /** Takes back every `take` before `before` of which no copy was admitted. Only when the pipeline has read the whole log. */
  releaseLost(before: number): void
  /** Throws waiting entries away and returns how many. */
  purge(filter: RestreamFilter): number
  status(): RestreamStatus
  close(): void
}

/** Opens or creates the queue's file. Several threads may have it open; a change waits so long for another's. */
export function openRestreamQueue(path: string, { waitMs = 10_000 } = {}): RestreamQueue {
  const db = new DatabaseSync(path, { timeout: waitMs })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec(schema)
  const prepare = preparer(db)
  const transaction = <T>(work: () => T): T => inTransaction(db, work)
  const change = (sql: string, ...values: SQLInputValue[]): void => {
    transaction(() => prepare(sql).run(...values))
  }

  return {
    append(failures) {
      if (failures.length === 0) return
      const insert = prepare(insertEntry)
      // failpoint: restream.append.before
      transaction(() => {
        for (const failure of failures) insert.run(rowOf(failure, Date.now()))
      })
      // failpoint: restream.append.committed
    },
    forget(partition, position) {
      change('DELETE FROM entries WHERE partition = ? AND offset >= ?', partition, position)
    },
    admit(partition, copies) {
      const duplicates = new Set<number>()
      const find = prepare('SELECT seen_offset FROM entries WHERE partition = ? AND offset = ?')
      const mark = prepare('UPDATE entries SET seen_offset = ? WHERE partition = ? AND offset = ?')
      transaction(() => {
        for (const [index, { entry, offset }] of copies.entries()) {
          const row = find.get(partition, entry)
          if (row === undefined || (row['seen_offset'] !== null && row['seen_offset'] !== offset)) duplicates.add(index)
          else if (row['seen_offset'] === null) mark.run(offset, partition, entry)
        }
      })
      // failpoint: restream.admit.committed
      return duplicates
    },
    prune(partition, durable) {
      transaction(() => {
        prepare('DELETE FROM entries WHERE partition = ? AND seen_offset < ?').run(partition, durable)
        prepare('DELETE FROM purged WHERE partition = ? AND offset < ?').run(partition, durable)
      })
    },
    list(filter, { after = -1n, limit }) {
      const { where, values } = conditions(filter)
      const sql = `SELECT * FROM entries WHERE seen_offset IS NULL AND offset > ? ${where} ORDER BY offset LIMIT ?`
      return prepare(sql)
        .all(after, ...values, limit)
        .map(entryOf)
    },
    get(offset) {
      const row = prepare('SELECT * FROM entries WHERE seen_offset IS NULL AND offset = ?').get(offset)
      return row && entryOf(row)
    },
    take(filter, { after = -1n, limit, now }) {
      const { where, values } = conditions(filter)
      const sql = `SELECT * FROM entries WHERE sent_at IS NULL AND offset > ? ${where} ORDER BY offset LIMIT ?`
      const mark = prepare('UPDATE entries SET sent_at = ? WHERE offset = ?')
      return transaction(() => {
        const entries = prepare(sql)
          .all(after, ...values, limit)
          .map(entryOf)
        for (const { offset } of entries) mark.run(now, offset)
        return entries
      })
    },
    release(offsets) {
      const unmark = prepare('UPDATE entries SET sent_at = NULL WHERE offset = ? AND seen_offset IS NULL')
      transaction(() => {
        for (const offset of offsets) unmark.run(offset)
      })
    },
    releaseLost(before) {
      change('UPDATE entries SET sent_at = NULL WHERE sent_at < ? AND seen_offset IS NULL', before)
    },
    purge(filter) {
      const { where, values } = conditions(filter)
      return transaction(() => {
        const waiting = `FROM entries WHERE sent_at IS NULL ${where}`
        prepare(`INSERT OR IGNORE INTO purged SELECT partition, offset ${waiting}`).run(...values)
        const { changes } = prepare(`DELETE ${waiting}`).run(...values)
        prepare('UPDATE totals SET purged = purged + ?').run(changes)
        return Number(changes)
      })
    },
    status() {
      const row = prepare(
        `SELECT (SELECT count(*) FROM entries WHERE seen_offset IS NULL) AS count,
                (SELECT coalesce(sum(length(raw)), 0) FROM entries WHERE seen_offset IS NULL) AS bytes, purged FROM totals`,
      ).get()!
      return { count: Number(row['count']), bytes: Number(row['bytes']), purged: Number(row['purged']) }
    },
    close: () => db.close(),
  }
}

const schema = `
CREATE TABLE IF NOT EXISTS entries (
  partition INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  input_id TEXT NOT NULL,
  input_label TEXT NOT NULL,
  input_type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  time INTEGER NOT NULL,
  stage TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  mapping_version INTEGER,
  restream_count INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  sent_at INTEGER,
  seen_offset INTEGER,
  raw BLOB NOT NULL,
  PRIMARY KEY (partition, offset)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_code ON entries (code, offset);
CREATE INDEX IF NOT EXISTS entries_by_event_type ON entries (event_type, offset);
CREATE INDEX IF NOT EXISTS entries_seen ON entries (partition, seen_offset) WHERE seen_offset IS NOT NULL;
CREATE TABLE IF NOT EXISTS purged (partition INTEGER NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (partition, offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (only INTEGER PRIMARY KEY CHECK (only = 1), purged INTEGER NOT NULL);
INSERT OR IGNORE INTO totals VALUES (1, 0);
`

const insertEntry = `INSERT OR REPLACE INTO entries SELECT
  :partition, :offset, :eventId, :eventType, :inputId, :inputLabel, :inputType, :receivedAt, :time, :stage, :code, :message,
   :mappingVersion, :restreamCount, :failedAt, NULL, NULL, :raw
  WHERE NOT EXISTS (SELECT 1 FROM purged WHERE partition = :partition AND offset = :offset)`

function rowOf(failure: Failure, failedAt: number): Record<string, SQLInputValue> {
  const { input, mappingVersion, ...rest } = failure
  return {
    ...rest,
    inputId: input.id,
    inputLabel: input.label,
    inputType: input.type,
    mappingVersion: mappingVersion ?? null,
    failedAt,
  }
}

function entryOf(row: Record<string, unknown>): RestreamEntry {
  const number = (name: string) => Number(row[name])
  const text = (name: string) => row[name] as string
  return {
    partition: number('partition'),
    offset: row['offset'] as bigint,
    eventId: text('event_id'),
    eventType: text('event_type'),
    input: { id: text('input_id'), label: text('input_label'), type: text('input_type') },
    receivedAt: number('received_at'),
    time: number('time'),
    stage: text('stage') as RestreamEntry['stage'],
    code: text('code'),
    message: text('message'),
    ...(row['mapping_version'] === null ? {} : { mappingVersion: number('mapping_version') }),
    restreamCount: number('restream_count'),
    failedAt: number('failed_at'),
    isSent: row['sent_at'] !== null,
    raw: row['raw'] as Uint8Array,
  }
}

/** One workspace has one partition, so an entry is named by its offset alone. */
function conditions({ offsets, code, eventType, input }: RestreamFilter): { where: string; values: SQLInputValue[] } {
  const values: SQLInputValue[] = []
  let where = ''
  if (offsets !== undefined) {
    where += ' AND offset IN (SELECT value FROM json_each(?))'
    values.push(JSON.stringify(offsets.map(Number)))
  }
  for (const [column, value] of Object.entries({ code, event_type: eventType, input_label: input })) {
    if (value === undefined) continue
    where += ` AND ${column} = ?`
    values.push(value)
  }
  return { where, values }
}

function preparer(db: DatabaseSync): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = db.prepare(sql)
      statement.setReadBigInts(true)
      prepared.set(sql, statement)
    }
    return statement
  }
}

function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  try {
    db.exec('BEGIN IMMEDIATE')
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK') // SQLite does it itself after some failures
    throw ours(error)
  }
}

/** SQLITE_BUSY: another thread holds the file. SQLite waits for it, but not in every case. SQLITE_FULL. */
const [busyCode, fullCode] = [5, 13]

/** What passes by itself is told so, and is tried again by whoever asked. */
function ours(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
  if (code === fullCode) return storageFull(error)
  if (code === busyCode)
    return new MillraceError('overloaded', 'The restream queue is busy', { cause: error, retryAfterSeconds: 1 })
  return error
}

function storageFull(cause: unknown): MillraceError {
  return new MillraceError('storage_full', 'The disk of the restream queue is full', { cause, retryAfterSeconds: 2 })
}
