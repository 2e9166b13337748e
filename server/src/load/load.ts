/**
 * The load stage: evolves tables and writes ranges of the log, and waits as long as it takes where the destination has trouble
 * that passes. Trouble that does not pass by itself is thrown; either way nothing is half written, and a repeat is safe.
 */
import { setTimeout as pauseFor } from 'node:timers/promises'
import { hasCode, MillraceError } from '../errors.ts'
import { type Books, type ColumnType, type LogRange, type RowBatch, rowsPerBatchMax, type Table } from '../rows.ts'
import type { Logger } from '../telemetry.ts'
import type { Aside, Destination, Replacing } from './loader.ts'

export interface Load {
  /** See `Destination.claim`. Tables are looked at anew from here on. */
  claim(partition: number): Promise<bigint>
  /** Brings the tables to what the batches need, then writes: see `Destination.write`. Forever, while repeating may help. */
  write(batches: readonly RowBatch[], range: LogRange, books: Books, aside?: Aside): Promise<void>
  /** See `Destination.replace`. Forever, while repeating may help. */
  replace(replacing: Replacing, range: LogRange, books: Books): Promise<void>
  durablePosition(partition: number): Promise<bigint>
}

interface LoadSettings {
  readonly destination: Destination
  readonly logger: Logger
  /** Ends the waiting: what waits rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Waits so many ms; a test's own clock. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Waiting times double from the first to the last; each is drawn between 0 and itself, so that many do not repeat at once. */
export const backOff = { firstMs: 200, lastMs: 30_000 }

export function openLoad({ destination, logger, signal, pause = wait }: LoadSettings): Load {
  /** Types of the columns that tables are known to hold. Batches of one table may each have some of its columns only. */
  const evolved = new Map<string, Map<string, ColumnType>>()

  async function evolve(table: Table): Promise<void> {
    const known = evolved.get(table.name)
    if (known !== undefined && table.columns.every(({ name, type }) => known.get(name) === type)) return
    await destination.evolve(table)
    evolved.set(
      table.name,
      new Map([...(known ?? []), ...table.columns.map(({ name, type }) => [name, type] as const)]),
    )
    logger.info('table evolved', { table: table.name, columns: table.columns.length })
  }

  async function evolveAndWrite(
    batches: readonly RowBatch[],
    range: LogRange,
    books: Books,
    aside: Aside | undefined,
  ): Promise<void> {
    for (const { table } of batches) await evolve(table)
    await destination.write(batches, range, books, aside)
  }

  /** Somebody may have dropped a column, which can be added again: only what evolving cannot repair is thrown. */
  async function writeRepaired(
    batches: readonly RowBatch[],
    range: LogRange,
    books: Books,
    aside: Aside | undefined,
  ): Promise<void> {
    try {
      await evolveAndWrite(batches, range, books, aside)
    } catch (error) {
      if (!hasCode(error, 'schema_conflict')) throw error
      for (const { table } of batches) evolved.delete(table.name)
      logger.warn('table was altered, evolved again', { reason: error })
      await evolveAndWrite(batches, range, books, aside)
    }
  }

  async function untilDone<T>(attempt: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      signal.throwIfAborted()
      try {
        const result = await attempt()
        if (failures > 0) logger.info('destination takes rows again', { failures })
        return result
      } catch (error) {
        if (!(error instanceof MillraceError && error.retryable)) throw error
        if (failures === 0) logger.warn('destination unavailable, loading waits', { code: error.code, reason: error })
        await pause(Math.random() * Math.min(backOff.lastMs, backOff.firstMs * 2 ** failures), signal)
      }
    }
  }

  return {
    claim(partition) {
      evolved.clear()
      return untilDone(() => destination.claim(partition))
    },
    async write(batches, range, books, aside) {
      checkBatches(batches, range)
      await untilDone(() => writeRepaired(batches, range, books, aside))
    },
    replace: (replacing, range, books) => untilDone(() => destination.replace(replacing, range, books)),
    durablePosition: (partition) => untilDone(() => destination.durablePosition(partition)),
  }
}

/** What the mapper has promised. A breach is a bug of ours, and would be written where it cannot be taken back. */
function checkBatches(batches: readonly RowBatch[], { start, end }: LogRange): void {
  if (end <= start) throw broken(`a range from ${start} to ${end}`)
  for (const { table, rowCount, columns } of batches) {
    if (rowCount > rowsPerBatchMax) throw broken(`${rowCount} rows in a batch`)
    if (columns.length !== table.columns.length) throw broken(`${columns.length} columns for ${table.columns.length}`)
  }
}

function broken(what: string): MillraceError {
  return new MillraceError('internal', `The loader was given ${what}`)
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await pauseFor(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}
