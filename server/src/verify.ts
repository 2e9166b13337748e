/**
 * Recomputes a workspace's books from what lies on disk: the log says what came in, the tables what was loaded, the queue what
 * waits. The counters that the pipeline kept are only compared, never believed.
 */

import { decodeBatch } from './batch.ts'
import type { Destination } from './load/loader.ts'
import type { LogReader } from './log/log.ts'
import type { RestreamQueue } from './restream/queue.ts'
import { type BooksCheck, type BooksFinding, imbalanceOf } from './rows.ts'

interface Verifying {
  readonly partition: number
  readonly log: LogReader
  /** First offset that the log still has. */
  readonly logStart: bigint
  readonly destination: Destination
  readonly restream: RestreamQueue
}

/** Compares books, log, tables and queue as of the destination's position. Reads the whole log; changes nothing. */
export async function verifyBooks({ partition, log, logStart, destination, restream }: Verifying): Promise<BooksCheck> {
  const { position, books } = await destination.books(partition)
  const arrived = await countLog(log, partition, logStart, position)
  const rows = await countRows(destination)
  const dropped = await destination.droppedRows()
  const { count: waiting, purged } = restream.status()
  const skipped = await destination.skipped(partition)
  const aside = await destination.aside()
  const atLeast = logStart === 0n ? '' : ' (the log keeps only the newest events)'
  const findings = [
    skipped === 0n
      ? finding('offset of the destination = events received', position, books.received)
      : finding(
          `offset of the destination = events received + ${skipped} that are lost: a repair of the log gave them up, or their loss was accepted`,
          position,
          BigInt(books.received) + skipped,
        ),
    finding(
      'received + split = loaded + dropped + discarded + restreamed + duplicate',
      books.received + books.split,
      books.received + books.split - imbalanceOf(books),
    ),
    finding(
      `events in the log before the position${atLeast}${arrived.missing === 0n ? '' : `, without the ${arrived.missing} that a repair gave up`}`,
      position - logStart - arrived.missing,
      arrived.events,
    ),
    ...(logStart === 0n ? [finding('events sent through again', books.resent, arrived.resent)] : []),
    finding(
      `rows in the tables${aside === 0 ? '' : `, and the ${aside} that wait to replace others`} = events loaded - replaced by newer ones${dropped === 0 ? '' : ` - the ${dropped} of tables that were dropped`}`,
      books.loaded - books.replaced - dropped,
      rows + aside,
    ),
    finding(
      'restreamed - sent again - purged = waiting',
      books.restreamed - (books.resent - books.duplicate) - purged,
      waiting,
    ),
  ]
  return { isBalanced: findings.every(({ isRight }) => isRight), findings }
}

function finding(what: string, expected: bigint | number, found: bigint | number): BooksFinding {
  return { what, expected: `${expected}`, found: `${found}`, isRight: `${expected}` === `${found}` }
}

async function countLog(log: LogReader, partition: number, start: bigint, end: bigint) {
  const arrived = { events: 0, resent: 0, missing: 0n }
  if (start >= end) return arrived
  let next = start
  const stop = new AbortController()
  for await (const { offset, count, body } of log.read(partition, start, stop.signal)) {
    if (next < offset) arrived.missing += (offset < end ? offset : end) - next
    next = offset + BigInt(count)
    if (offset >= end) break
    arrived.events += count
    arrived.resent += decodeBatch(body).resent?.length ?? 0
    if (offset + BigInt(count) >= end) break
  }
  stop.abort()
  return arrived
}

/** Of the tables that events fill. */
async function countRows(destination: Destination): Promise<number> {
  const tables = (await destination.tables({ countsAnew: true })).filter(({ isDerived }) => !isDerived)
  return tables.reduce((sum, { rowCount }) => sum + rowCount, 0)
}
