/** Which entries are meant, as SQL. */
import type { SQLInputValue } from 'node:sqlite'
import type { RestreamFilter } from '../restream.ts'

/** Offsets from `after` (exclusive) to `before` (exclusive), and how many of them at most. */
export interface Range {
  readonly after?: bigint
  readonly before?: bigint
  readonly limit: number
}

/** Beyond every offset. */
export const maxOffset = 2n ** 63n - 1n

/**
 * One workspace has one partition, so an entry is named by its offset alone. The index is named, because SQLite knows nothing of how
 * rare a value is, and would look through millions of entries for those of a rare code.
 */
export function conditions(filter: RestreamFilter): { index: string; where: string; values: SQLInputValue[] } {
  const { offsets, fingerprint, code, eventType, input } = filter
  const values: SQLInputValue[] = []
  let where = ''
  if (offsets !== undefined) {
    where += ' AND offset IN (SELECT value FROM json_each(?))'
    values.push(JSON.stringify(offsets.map(Number)))
  }
  for (const [column, value] of Object.entries({ fingerprint, code, event_type: eventType, input_label: input })) {
    if (value === undefined) continue
    where += ` AND ${column} = ?`
    values.push(value)
  }
  const index = indexFor(filter)
  if (index === '') where += ' AND partition = 0'
  return { index, where, values }
}

function indexFor({ offsets, fingerprint, code, eventType }: RestreamFilter): string {
  if (offsets !== undefined) return ''
  if (fingerprint !== undefined) return 'INDEXED BY entries_by_fingerprint'
  if (code !== undefined) return 'INDEXED BY entries_by_code'
  return eventType === undefined ? '' : 'INDEXED BY entries_by_event_type'
}
