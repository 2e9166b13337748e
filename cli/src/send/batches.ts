/**
 * Rows gathered into the requests that carry them. The same file and the same settings always give the same batches,
 * in the same places: that is what lets a run go on where another ended.
 */
import { limits } from '@millrace/event/limits'
import type { Row, UnreadableRow } from './rows.ts'

export interface Batch {
  /** Its place among the batches of the file, from 0. */
  readonly index: number
  /** NDJSON. */
  readonly body: string
  /** The line of each row. */
  readonly rowLines: readonly number[]
  /** Rows that cannot be sent, between the batch before and the end of this one. */
  readonly unreadable: readonly UnreadableRow[]
}

/** In UTF-8 a character has at most 3 bytes: a batch and one more row stay below the limit of a request. */
const batchCharsMax = (limits.requestBytesMax - limits.eventBytesMax) / 3

/** The last batch may hold nothing but unreadable rows. */
export async function* gatherBatches(rows: AsyncIterable<Row>, rowsMax: number): AsyncGenerator<Batch> {
  let index = 0
  let gathering = emptyBatch()
  for await (const row of rows) {
    if (isFull(gathering, row, rowsMax)) {
      yield finish(index++, gathering)
      gathering = emptyBatch()
    }
    add(gathering, row)
  }
  if (gathering.rows.length > 0 || gathering.unreadable.length > 0) yield finish(index, gathering)
}

/** A file of nothing but rubbish must not be kept in memory as a list of complaints. */
const unreadableMax = 10_000

interface Gathering {
  readonly rows: string[]
  readonly rowLines: number[]
  readonly unreadable: UnreadableRow[]
  charCount: number
}

function emptyBatch(): Gathering {
  return { rows: [], rowLines: [], unreadable: [], charCount: 0 }
}

function isFull({ rows, unreadable, charCount }: Gathering, next: Row, rowsMax: number): boolean {
  if ('fault' in next) return unreadable.length >= unreadableMax
  return rows.length >= rowsMax || (rows.length > 0 && charCount + next.json.length > batchCharsMax)
}

function add(gathering: Gathering, row: Row): void {
  if ('fault' in row) {
    gathering.unreadable.push(row)
    return
  }
  gathering.rows.push(row.json)
  gathering.rowLines.push(row.line)
  gathering.charCount += row.json.length + 1
}

function finish(index: number, { rows, rowLines, unreadable }: Gathering): Batch {
  return { index, body: rows.length === 0 ? '' : `${rows.join('\n')}\n`, rowLines, unreadable }
}
