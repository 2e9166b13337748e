/** The rows of entries that wait, and what those need that change them. */
import type { RestreamFilter } from '../restream.ts'
import type { ClusterChanges } from './cluster-changes.ts'
import { conditions, maxOffset, type Range } from './filter.ts'
import type { Prepare } from './transaction.ts'

export type Row = Record<string, unknown>

export interface ChangeParts {
  readonly prepare: Prepare
  /** A transaction of changes of entries, and those of clusters and totals that follow from them. */
  readonly change: <T>(work: (changes: ClusterChanges) => T) => T
  readonly find: Find
}

/** Waiting entries of a range, with the columns that are asked for. */
export type Find = (columns: string, filter: RestreamFilter, range: Range) => Iterable<Row>

export function openFind(prepare: Prepare): Find {
  return (columns, filter, { after = -1n, before = maxOffset, limit }) => {
    const { index, where, values } = conditions(filter)
    const sql = `SELECT ${columns} FROM entries ${index} WHERE seen_offset IS NULL AND sent_at IS NULL
      AND offset > ? AND offset < ? ${where} ORDER BY offset LIMIT ?`
    return prepare(sql).iterate(after, before, ...values, limit)
  }
}

/** Rows until there are so many bytes of events. */
export function upToBytes(rows: Iterable<Row>, bytesMax: number): Row[] {
  const taken: Row[] = []
  let bytes = 0
  for (const row of rows) {
    taken.push(row)
    bytes += Number(row['bytes'])
    if (bytes >= bytesMax) break
  }
  return taken
}
