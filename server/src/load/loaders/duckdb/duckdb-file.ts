/**
 * A DuckDB file as long as a destination is open: one job after the other writes to it, checkpoints are made when they are due,
 * and where DuckDB has given up on its instance, as it does after some failures of the disk, the file is opened again.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { Logger } from '../../../telemetry.ts'
import { scheduleCheckpoints } from './checkpoints.ts'
import { type Database, type DatabaseSettings, openDatabase } from './database.ts'
import { isCheckpointBusy, isFatal, loadFailure } from './failures.ts'
import { proveHandOver } from './hand-over-test.ts'
import { createPartitions, readPositions } from './partitions.ts'
import { takeTurns } from './turns.ts'
import { fillTextsFast } from './vectors.ts'

export interface DuckdbFile {
  /** Runs a job that may write, alone. @throws MillraceError: DuckDB's errors become ours. */
  use<T>(job: (database: Database) => Promise<T>): Promise<T>
  /** A further connection, which does not wait for its turn. */
  connect(): Promise<DuckDBConnection>
  /** Tells that so many bytes of rows were committed. */
  committed(bytes: number): void
  /** The partition's position as of the last checkpoint. */
  durablePosition(partition: number): bigint
  close(): Promise<void>
}

/** @throws MillraceError `destination_unavailable`, `destination_refused`. */
export async function openDuckdbFile(settings: DatabaseSettings, logger: Logger): Promise<DuckdbFile> {
  const inTurn = takeTurns()
  const checkpoints = scheduleCheckpoints(() => void checkpointInTurn())
  let database: Database | undefined
  let durable: ReadonlyMap<number, bigint> = new Map()
  let gaveUp = false
  let isClosed = false

  async function opened(): Promise<Database> {
    if (isClosed) throw new MillraceError('destination_unavailable', 'The destination is closed')
    if (database !== undefined) return database
    database = await openWithPartitions()
    // A checkpoint of a full disk makes DuckDB give up; the file can be opened all the same, and loaded once there is space.
    if (database.hadWal && !gaveUp) await checkpoint(database)
    return database ?? opened()
  }

  async function openWithPartitions(): Promise<Database> {
    const fresh = await openDatabase(settings, logger)
    try {
      await proveHandOver(fresh, fillTextsFast, logger)
      await createPartitions(fresh.writer)
      durable = fresh.hadWal ? new Map() : await readPositions(fresh.writer)
      return fresh
    } catch (cause) {
      fresh.close()
      throw loadFailure(cause)
    }
  }

  const use: DuckdbFile['use'] = (job) =>
    inTurn(async () => {
      const current = await opened()
      try {
        return await job(current)
      } catch (cause) {
        if (isFatal(cause)) giveUp(cause)
        throw loadFailure(cause)
      }
    })

  function giveUp(cause: unknown): void {
    logger.warn('DuckDB gave up; its file is opened again', { reason: loadFailure(cause) })
    gaveUp = true
    database?.close()
    database = undefined
  }

  async function checkpoint({ writer }: Database): Promise<void> {
    try {
      const positions = await readPositions(writer)
      // failpoint: duckdb.checkpoint.before
      await writer.run('CHECKPOINT')
      // failpoint: duckdb.checkpoint.after
      durable = positions
      gaveUp = false
    } catch (cause) {
      if (isFatal(cause)) giveUp(cause)
      else if (!isCheckpointBusy(cause))
        logger.warn('checkpoint failed, tried again later', { reason: loadFailure(cause) })
    } finally {
      checkpoints.done()
    }
  }

  function checkpointInTurn(): Promise<void> {
    return inTurn(async () => {
      if (database !== undefined) await checkpoint(database)
    })
  }

  await inTurn(opened)
  return {
    use,
    connect: async () => (database ?? (await inTurn(opened))).instance.connect(),
    committed: checkpoints.committed,
    durablePosition: (partition) => durable.get(partition) ?? 0n,
    async close() {
      await checkpointInTurn()
      isClosed = true
      checkpoints.close()
      database?.close()
      database = undefined
    },
  }
}
