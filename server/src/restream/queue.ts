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
import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { MillraceError } from '../errors.ts'
import type {
  Failure,
  RestreamCluster,
  RestreamEntry,
  RestreamFilter,
  RestreamLimits,
  RestreamStatus,
} from '../restream.ts'
import { addFailures } from './add-failures.ts'
import { type ClusterChanges, countedColumns, hourMs, openChanges } from './cluster-changes.ts'
import { type ClusterPage, countWaiting, forgetHours, readCluster, readClusters } from './clusters.ts'
import { entryOf } from './entries.ts'
import { conditions, type Range } from './filter.ts'
import { openReasons } from './fingerprint.ts'
import { forgetPurged, uncounted } from './purged.ts'
import { removingOf } from './removing.ts'
import { openRunRecords, type RunRecords } from './run-records.ts'
import { prepareSchema } from './schema.ts'
import { sendingOf } from './sending.ts'
import { inTransaction, openStatements, ourFailure } from './transaction.ts'
import { openFind, upToBytes } from './waiting.ts'

/** What changes the queue throws MillraceError `storage_full` where the disk is, `overloaded` where another thread holds the file: nothing is changed then, repeat later. */
export interface RestreamQueue {
  /**
   * Keeps failures of one partition durably; one at an offset that is kept already replaces it, and one that was purged stays so.
   * Makes durable what was admitted before, too: to be called before the batch is written, without failures as well.
   * @throws MillraceError `restream_full`: as much waits as may; nothing is kept, repeat later.
   */
  append(failures: readonly Failure[]): void
  /** Drops what was set aside at or after `position`: by a batch that was never written and will come again. */
  forget(partition: number, position: bigint): void
  /**
   * Which of these resent events are the ones that count; the places in `copies` of those that do not. Safe to repeat. It outlives
   * a loss of power once `append` was called: a batch has many records of copies, and must not wait for the disk for each.
   */
  admit(partition: number, copies: readonly { readonly entry: bigint; readonly offset: bigint }[]): Set<number>
  /** Removes entries whose copy lies before `durable`, some of them where there are many: it is called again and again. */
  prune(partition: number, durable: bigint): void
  /** Entries that wait or are on their way, in the order of their offsets, from `after` (exclusive) on, until they have `bytesMax`. */
  list(filter: RestreamFilter, page: { after?: bigint; limit: number; bytesMax?: number }): RestreamEntry[]
  get(offset: bigint): RestreamEntry | undefined
  clusters(page: Omit<ClusterPage, 'now'>): RestreamCluster[]
  cluster(fingerprint: string): RestreamCluster | undefined
  /** How many entries wait, and the offset behind the last of the queue: what comes later lies at or behind it. */
  waiting(filter: RestreamFilter): { count: number; end: bigint }
  /** Marks waiting entries of the range as sent, some 4 MiB of them at most, and returns them. */
  take(filter: RestreamFilter, range: Range & { now: number }): RestreamEntry[]
  /** Takes back `take`: the copies could not be appended. */
  release(offsets: readonly bigint[]): void
  /** Takes back every `take` before `before` of which no copy was admitted. Only when the pipeline has read the whole log. */
  releaseLost(before: number): void
  /** Throws up to `limit` waiting entries away, those of the range: how many, and the offset of the last. */
  purge(filter: RestreamFilter, range: Range): { count: number; last: bigint | undefined }
  /**
   * Throws away what a source fetched of these days (both included), but for what `attempt` brought: its rows are about to be replaced.
   * Copies that are on their way become duplicates. Safe to repeat. @returns how many there were.
   */
  replace(days: { readonly source: string; readonly start: string; readonly end: string }, attempt: string): number
  status(): RestreamStatus
  readonly runs: RunRecords
  close(): void
}

interface QueueSettings {
  /** How long a change waits for another thread's. */
  readonly waitMs?: number
  /** Whether changes outlive a loss of power. They outlive the death of the process anyway. */
  readonly isDurable?: boolean
  readonly limits?: RestreamLimits
  /** ms since 1970 UTC. */
  readonly now?: () => number
}

/** Of 4 KiB: a thread that must not wait for the disk leaves it to the others to copy the write-ahead log into the file. */
const pagesLeftToOthers = 20_000
const noLimits: RestreamLimits = { eventsMax: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER }

/** Opens or creates the queue's file, or makes one of an earlier version one of this. Several threads may have it open. @throws MillraceError `store_newer`, `storage_full`, `overloaded`. */
export function openRestreamQueue(
  path: string,
  { waitMs = 10_000, isDurable = true, limits = noLimits, now = Date.now }: QueueSettings = {},
): RestreamQueue {
  const synchronous = isDurable ? 'FULL' : 'NORMAL'
  const db = openFile(path, { waitMs, synchronous })
  if (!isDurable) db.exec(`PRAGMA wal_autocheckpoint = ${pagesLeftToOthers}`)
  const prepare = openStatements(db)
  const reasonFor = openReasons()
  const wal = openSync(`${path}-wal`, 'r+')
  let hoursForgotten = 0
  let isAdmissionAtRisk = false

  /** Changes of entries, and those of clusters and totals that follow from them. */
  const change = <T>(work: (changes: ClusterChanges) => T): T =>
    inTransaction(db, () => {
      const changes = openChanges(prepare)
      const result = work(changes)
      changes.apply()
      return result
    })
  /** A change that waits for no sync: a loss of power may take it back, until a later change is synced. */
  const unsynced = (work: () => void): void => {
    db.exec('PRAGMA synchronous = NORMAL')
    try {
      work()
    } finally {
      db.exec(`PRAGMA synchronous = ${synchronous}`)
    }
  }
  const status = (): RestreamStatus => {
    const row = prepare('SELECT * FROM totals').get()!
    const [count, bytes, sent] = [Number(row['count']), Number(row['bytes']), Number(row['sent'])]
    const waitingBytes = bytes - Number(row['sent_bytes'])
    const isFull = count - sent >= limits.eventsMax || waitingBytes >= limits.bytesMax
    return { count, bytes, sent, purged: Number(row['purged']), limits, isFull }
  }
  const find = openFind(prepare)

  return {
    append(failures) {
      if (failures.length === 0) {
        if (isAdmissionAtRisk) fdatasyncSync(wal)
        isAdmissionAtRisk = false
        return
      }
      const failedAt = now()
      // failpoint: restream.append.before
      change((changes) => {
        if (status().isFull) throw full(limits)
        addFailures({ prepare, reasonFor, changes }, failures, failedAt)
        if (failedAt < hoursForgotten + hourMs) return
        forgetHours(prepare, failedAt)
        hoursForgotten = failedAt
      })
      isAdmissionAtRisk = false // a commit syncs all that was committed before
      // failpoint: restream.append.committed
    },
    forget(partition, position) {
      change(({ remove }) => {
        const gone = `FROM entries WHERE partition = ? AND offset >= ?`
        for (const row of prepare(`SELECT ${countedColumns} ${gone} AND seen_offset IS NULL`).iterate(
          partition,
          position,
        ))
          remove(row)
        prepare(`DELETE ${gone}`).run(partition, position)
        forgetPurged(prepare, partition, position)
      })
    },
    admit(partition, copies) {
      const duplicates = new Set<number>()
      const find = prepare(`SELECT ${countedColumns}, seen_offset FROM entries WHERE partition = ? AND offset = ?`)
      const mark = prepare('UPDATE entries SET seen_offset = ? WHERE partition = ? AND offset = ?')
      isAdmissionAtRisk = true
      unsynced(() =>
        change(({ remove }) => {
          for (const [index, { entry, offset }] of copies.entries()) {
            const row = find.get(partition, entry)
            if (row === undefined || (row['seen_offset'] !== null && row['seen_offset'] !== offset))
              duplicates.add(index)
            else if (row['seen_offset'] === null) {
              mark.run(offset, partition, entry)
              remove(row)
            }
          }
        }),
      )
      // failpoint: restream.admit.committed
      return duplicates
    },
    prune(partition, durable) {
      const prune = () => {
        prepare(
          `DELETE FROM entries WHERE partition = ?1 AND offset IN
           (SELECT offset FROM entries WHERE partition = ?1 AND seen_offset < ?2 LIMIT ?3)`,
        ).run(partition, durable, prunedMax)
        for (const side of [partition, uncounted(partition)])
          prepare('DELETE FROM purged WHERE partition = ? AND offset < ?').run(side, durable)
      }
      unsynced(() => inTransaction(db, prune))
    },
    list(filter, { after = -1n, limit, bytesMax = Number.POSITIVE_INFINITY }) {
      const { index, where, values } = conditions(filter)
      const sql = `SELECT *, length(raw) AS bytes FROM entries ${index} WHERE seen_offset IS NULL AND offset > ? ${where}
        ORDER BY offset LIMIT ?`
      return upToBytes(prepare(sql).iterate(after, ...values, limit), bytesMax).map(entryOf)
    },
    get(offset) {
      const row = prepare('SELECT * FROM entries WHERE seen_offset IS NULL AND partition = 0 AND offset = ?').get(
        offset,
      )
      return row && entryOf(row)
    },
    clusters: (page) => readClusters(prepare, { ...page, now: now() }),
    cluster: (fingerprint) => readCluster(prepare, fingerprint, now()),
    waiting(filter) {
      const last = prepare('SELECT max(offset) AS last FROM entries WHERE partition = 0').get()!['last'] as
        | bigint
        | null
      const end = last === null ? 0n : last + 1n
      if (filter.offsets === undefined) return { count: countWaiting(prepare, filter), end }
      return { count: [...find('offset', filter, { limit: filter.offsets.length })].length, end }
    },
    ...sendingOf({ prepare, change, find }),
    ...removingOf({ prepare, change, find }),
    status,
    runs: openRunRecords(db, prepare),
    close() {
      closeSync(wal)
      db.close()
    },
  }
}

/** A checkpoint makes a minute of copies durable at once; the pipeline must not stand still for all of their entries. */
const prunedMax = 10_000

/** @throws MillraceError `store_newer`, `storage_full`, `overloaded`. */
function openFile(path: string, { waitMs, synchronous }: { waitMs: number; synchronous: string }): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: waitMs })
  try {
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
    prepareSchema(db)
    return db
  } catch (error) {
    db.close()
    throw ourFailure(error)
  }
}

function full({ eventsMax, bytesMax }: RestreamLimits): MillraceError {
  const message = `The restream queue is full: ${eventsMax} events or ${bytesMax} bytes wait, which is as much as may`
  return new MillraceError('restream_full', message, {
    hint: 'Send it through again (millrace restream send), purge it, or raise MILLRACE_RESTREAM_EVENTS_MAX or MILLRACE_RESTREAM_BYTES_MAX.',
    retryAfterSeconds: 1,
  })
}
