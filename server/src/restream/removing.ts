/** Entries thrown away for good. Their offsets are remembered until the destination holds them durably. */
import type { RestreamFilter } from '../restream.ts'
import { countedColumns } from './cluster-changes.ts'
import type { Range } from './filter.ts'
import type { ChangeParts } from './waiting.ts'

/** See `RestreamQueue`. */
export function removingOf({ prepare, change, find }: ChangeParts) {
  return {
    purge(filter: RestreamFilter, range: Range): { count: number; last: bigint | undefined } {
      const remember = prepare('INSERT OR IGNORE INTO purged VALUES (0, ?)')
      const remove = prepare('DELETE FROM entries WHERE partition = 0 AND offset = ?')
      return change((changes) => {
        const rows = [...find(countedColumns, filter, range)]
        for (const row of rows) {
          const offset = row['offset'] as bigint
          changes.remove(row)
          remember.run(offset)
          remove.run(offset)
        }
        prepare('UPDATE totals SET purged = purged + ?').run(rows.length)
        return { count: rows.length, last: rows.at(-1)?.['offset'] as bigint | undefined }
      })
    },
    replace({ source, start, end }: { source: string; start: string; end: string }, attempt: string): number {
      const find = prepare(
        `SELECT ${countedColumns} FROM entries INDEXED BY entries_fetched WHERE input_id = ? AND days IS NOT NULL
         AND substr(days, 1, 10) >= ? AND substr(days, -10) <= ? AND attempt != ? AND partition = 0 AND seen_offset IS NULL`,
      )
      const remember = prepare('INSERT OR IGNORE INTO purged VALUES (0, ?)')
      const remove = prepare('DELETE FROM entries WHERE partition = 0 AND offset = ?')
      return change((changes) => {
        const rows = find.all(source, start, end, attempt)
        for (const row of rows) {
          changes.remove(row)
          remember.run(row['offset'] as bigint)
          remove.run(row['offset'] as bigint)
        }
        prepare('UPDATE totals SET purged = purged + ?').run(rows.length)
        return rows.length
      })
    },
  }
}
