/**
 * A DuckDB file as long as a destination is open: one job after the other writes to it, checkpoints are made when they are due,
 * and where DuckDB has given up on its instance, as it does after some failures of the disk, the file is opened again.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { Logger } from '../../../telemetry.ts'
import { connect, groupRows } from './attached.ts'
import { type Alone, openBeside } from './beside.ts'
import { scheduleCheckpoints } from './checkpoints.ts'
import { type Database, type DatabaseSettings, openDatabase } from './database.ts'
import { createDerived } from './derived.ts'
import { createDropped } from './dropped.ts'
import { isFatal, isOutOfMemory, loadFailure } from './failures.ts'
import { proveHandOver } from './hand-over-proof.ts'
import { createPartitions, readPositions } from './partitions.ts'
import { createReplacements } from './replace.ts'
import { createMarks } from './statement-marks.ts'
import { takeTurns } from './turns.ts'
import { fillTextsFast } from './vectors.ts'
import { createViewList } from './view-list.ts'

export interface DuckdbFile {
  /** Runs a job that may write, alone. @throws MillraceError: DuckDB's errors become ours. */
  use<T>(job: (database: Database) => Promise<T>): Promise<T>
  /** Runs a job that only reads, on a connection of its own, beside those that write but after the one that read before. */
  read<T>(job: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  /** Runs a job that takes long on a connection of its own, beside all others; it writes nothing but in its `alone`. */
  beside<T>(job: (connection: DuckDBConnection, alone: Alone) => Promise<T>): Promise<T>
  /** Tells that so many bytes of rows were committed, and so many rows removed with them. */
  committed(bytes: number, rowsRemoved?: number): void
  /** The partition's position as of the last checkpoint. */
  durablePosition(partition: number): bigint
  /** Lets `tell` know from now on of each checkpoint; one is told, the last. */
  onDurable(tell: () => void): void
  /** Makes a checkpoint before it is due. One that fails is tried again later. */
  checkpoint(): Promise<void>
  close(): Promise<void>
}

/**
 * Bytes of rows after which the file is closed and opened again, behind a checkpoint. DuckDB keeps what it knows of every segment of
 * a column in memory from when it is written until the file is closed, beside its memory limit: with what else grows meanwhile some
 * 80 bytes for each row under full load, so that the peak is some 100 MB lower for every 256 MiB less.
 */
const reopenAfterBytes = 512 * 1024 * 1024
/** Rows removed since the file was opened, after which it is opened so that checkpoints join what has shrunk; and before, so no more. */
const joinAfterRemoved = 4 * groupRows

/** @throws MillraceError `destination_unavailable`, `destination_refused`. */
export async function openDuckdbFile(settings: DatabaseSettings, logger: Logger): Promise<DuckdbFile> {
  const writing = takeTurns()
  const reading = takeTurns()
  const checkpoints = scheduleCheckpoints(() => void checkpointInTurn())
  let database: Database | undefined
  let reader: DuckDBConnection | undefined
  const besides = openBeside({ reading, writing })
  let durable: ReadonlyMap<number, bigint> = new Map()
  let tellDurable = () => {}
  let gaveUp = false
  let since = { bytes: 0, rowsRemoved: 0 }
  let joinsGroups = false
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
    await besides.abandoned()
    const fresh = await openDatabase({ ...settings, joinsGroups }, logger)
    try {
      await proveHandOver(fresh, fillTextsFast, logger)
      await createPartitions(fresh.writer)
      await createDerived(fresh.writer)
      await createViewList(fresh.writer)
      await createDropped(fresh.writer)
      await createMarks(fresh.writer)
      await createReplacements(fresh.writer)
      durable = fresh.hadWal ? new Map() : await readPositions(fresh.writer)
      return fresh
    } catch (cause) {
      fresh.close()
      throw loadFailure(cause)
    }
  }

  const use: DuckdbFile['use'] = (job) =>
    writing(async () => {
      const current = await opened()
      try {
        return await job(current)
      } catch (cause) {
        if (isFatal(cause)) giveUp(cause)
        else if (isOutOfMemory(cause)) void checkpointInTurn() // which makes room before the job is tried again
        throw loadFailure(cause)
      }
    })

  const read: DuckdbFile['read'] = (job) =>
    reading(async () => {
      const { instance } = database ?? (await writing(opened))
      const connection = await connect(instance)
      reader = connection
      try {
        return await job(connection)
      } finally {
        reader = undefined
        connection.closeSync()
      }
    })

  const beside: DuckdbFile['beside'] = (job) =>
    besides.run(async () => connect((database ?? (await writing(opened))).instance), job)

  function giveUp(cause: unknown): void {
    logger.warn('DuckDB gave up; its file is opened again', { reason: loadFailure(cause) })
    gaveUp = true
    besides.abandon()
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
      checkpoints.done()
      tellDurable()
    } catch (cause) {
      checkpoints.failed()
      if (isFatal(cause)) giveUp(cause)
      else logger.warn('checkpoint failed, tried again later', { reason: loadFailure(cause) })
    }
  }

  /** DuckDB makes none while somebody reads, so a checkpoint takes its turn among the readers, too. */
  function checkpointInTurn(): Promise<void> {
    return reading(() =>
      writing(async () => {
        if (database === undefined) return
        await checkpoint(database)
        if (isDueToReopen() && !gaveUp && besides.isIdle) leave()
      }),
    )
  }

  function isDueToReopen(): boolean {
    return since.bytes >= reopenAfterBytes || (since.rowsRemoved >= joinAfterRemoved && !joinsGroups)
  }

  /** Closes the file until it is used again. */
  function leave(): void {
    // failpoint: duckdb.reopen.before
    database?.close()
    database = undefined
    joinsGroups = since.rowsRemoved >= joinAfterRemoved
    since = { bytes: 0, rowsRemoved: 0 }
  }

  await writing(opened)
  return {
    use,
    read,
    beside,
    committed(bytes, rowsRemoved = 0) {
      since.bytes += bytes
      since.rowsRemoved += rowsRemoved
      checkpoints.committed(bytes)
    },
    durablePosition: (partition) => durable.get(partition) ?? 0n,
    onDurable(tell) {
      tellDurable = tell
    },
    checkpoint: checkpointInTurn,
    async close() {
      reader?.interrupt()
      await besides.close()
      await checkpointInTurn()
      isClosed = true
      checkpoints.close()
      database?.close()
      database = undefined
    },
  }
}
