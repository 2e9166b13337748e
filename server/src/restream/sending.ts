/** Entries on their way: taken to be sent through the log again, and given back where they were not. */
import type { RestreamEntry, RestreamFilter } from '../restream.ts'
import { countedColumns } from './cluster-changes.ts'
import { entryOf } from './entries.ts'
import type { Range } from './filter.ts'
import { type ChangeParts, upToBytes } from './waiting.ts'

/** An event has up to 1 MiB. */
const takenBytesMax = 4 * 1024 * 1024

/** See `RestreamQueue`. */
export function sendingOf({ prepare, change, find }: ChangeParts) {
  return {
    take(filter: RestreamFilter, { now, ...range }: Range & { now: number }): RestreamEntry[] {
      const mark = prepare('UPDATE entries SET sent_at = ? WHERE partition = 0 AND offset = ?')
      return change((changes) => {
        const rows = upToBytes(find('*, length(raw) AS bytes', filter, range), takenBytesMax)
        for (const row of rows) {
          changes.mark(row, true)
          mark.run(now, row['offset'] as bigint)
        }
        return rows.map((row) => entryOf({ ...row, sent_at: now }))
      })
    },
    release(offsets: readonly bigint[]): void {
      const find = prepare(
        `SELECT ${countedColumns} FROM entries WHERE partition = 0 AND offset = ? AND sent_at IS NOT NULL AND seen_offset IS NULL`,
      )
      const unmark = prepare('UPDATE entries SET sent_at = NULL WHERE partition = 0 AND offset = ?')
      change((changes) => {
        for (const offset of offsets) {
          const row = find.get(offset)
          if (row === undefined) continue
          changes.mark(row, false)
          unmark.run(offset)
        }
      })
    },
    releaseLost(before: number): void {
      change((changes) => {
        const lost = prepare(
          `SELECT ${countedColumns} FROM entries INDEXED BY entries_sent WHERE sent_at < ? AND seen_offset IS NULL`,
        ).all(before)
        const unmark = prepare('UPDATE entries SET sent_at = NULL WHERE partition = 0 AND offset = ?')
        for (const row of lost) {
          changes.mark(row, false)
          unmark.run(row['offset'] as bigint)
        }
      })
    },
  }
}
