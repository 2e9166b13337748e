/** A DuckDB file as a destination. */
import type { RowBatch } from '../../../rows.ts'
import type { Logger } from '../../../telemetry.ts'
import type { Destination } from '../../loader.ts'
import type { DatabaseSettings } from './database.ts'
import { refuseDerived } from './derived.ts'
import { dropTable, readDroppedRows } from './dropped.ts'
import { openDuckdbFile } from './duckdb-file.ts'
import { evolveTable } from './evolve.ts'
import { queryFailure } from './failures.ts'
import { fillRows } from './fill.ts'
import { claimPartition, fenced, readBooks, readSkipped, skipTo } from './partitions.ts'
import { answerQueries } from './query.ts'
import { countAside, readReplaced, readUndivided, tablesNeeded } from './replace.ts'
import { withRowCounts } from './row-counts.ts'
import { checkStatement, runStatements } from './statement.ts'
import { readMark } from './statement-marks.ts'
import { setViews } from './views.ts'
import { replaceRange, writeRange } from './write.ts'

/** What the first rows of a column take up in memory until a checkpoint. */
const columnBytes = 32 * 1024
/** What an update of a few thousand rows holds of each column until a checkpoint, beside the values. */
const updatedColumnBytes = 2 * columnBytes

/** What a replacement is taken for, whose rows were counted as they were written aside. */
const replacementBytes = 4 * 1024 * 1024

export async function openDestination(settings: DatabaseSettings, logger: Logger): Promise<Destination> {
  const file = await openDuckdbFile(settings, logger)
  const epochs = new Map<number, bigint>()
  const destination: Omit<Destination, 'tables'> = {
    async claim(partition) {
      const { position, epoch } = await file.use(({ writer }) => claimPartition(writer, partition, Date.now()))
      epochs.set(partition, epoch)
      return position
    },
    durablePosition: async (partition) => file.durablePosition(partition),
    onDurable: file.onDurable,
    makeDurable: file.checkpoint,
    async evolve(table) {
      await file.use(async ({ writer }) => {
        await refuseDerived(writer, table.name)
        await evolveTable(writer, table, { logger })
      })
      file.committed(table.columns.length * columnBytes)
    },
    async write(batches, range, books, aside) {
      const epoch = epochs.get(range.partition)
      if (epoch === undefined) throw fenced(range.partition)
      const replaced = await file.use((database) => writeRange(database, epoch, batches, range, books, aside))
      const bytes = batches.reduce((sum, batch) => sum + bytesOf(batch), 0)
      file.committed(bytes, replaced)
    },
    async replace(replacing, range, books) {
      const epoch = epochs.get(range.partition)
      if (epoch === undefined) throw fenced(range.partition)
      const replaced = await file.use(async ({ writer }) => {
        // Before the transaction, and safe to repeat: a table may have been dropped since the rows were written aside.
        for (const table of await tablesNeeded(writer, replacing.attempt)) await evolveTable(writer, table, { logger })
        return replaceRange(writer, epoch, replacing, range, books)
      })
      file.committed(replacementBytes, replaced)
    },
    replaced: (attempt) => file.read((connection) => readReplaced(connection, attempt)),
    undivided: (source, days) => file.read((connection) => readUndivided(connection, source, days)),
    aside: () => file.read(countAside),
    async fill(batch, keys) {
      if (batch.rowCount === 0) return 0
      const changed = await file.use((database) => fillRows(database, batch, keys))
      if (changed > 0) file.committed(bytesOf(batch) + batch.columns.length * updatedColumnBytes)
      return changed
    },
    books: (partition) => file.use(({ writer }) => readBooks(writer, partition)),
    skipped: (partition) => file.use(({ writer }) => readSkipped(writer, partition)),
    skipTo: (partition, end) => file.use(({ writer }) => skipTo(writer, partition, end)),
    query: answerQueries(file.read),
    statement: runStatements(file),
    statementDone: (mark) => file.read((connection) => readMark(connection, mark)),
    checkStatement: (work) => file.read((connection) => checkStatement(connection, work).catch(refuseAsQuery)),
    dropTable: (name) => file.use(({ writer }) => dropTable(writer, name)),
    droppedRows: () => file.use(({ writer }) => readDroppedRows(writer)),
    setViews: (views) => setViews(file, views),
    close: file.close,
  }
  return withRowCounts(destination, file.read)
}

function refuseAsQuery(cause: unknown): never {
  throw queryFailure(cause)
}

function bytesOf({ columns }: RowBatch): number {
  return columns.reduce((bytes, { values }) => bytes + ('offsets' in values ? values.bytes : values).byteLength, 0)
}
