/**
 * A DuckDB file attached to an instance in memory, since only so may the size of its groups of rows be chosen. A transaction that
 * fills whole groups is compressed straight into the file, and is not written to the write-ahead log and compressed at the next
 * checkpoint: that takes a fifth less CPU time for each row. By itself DuckDB takes 122,880 rows, more than a batch has.
 */
import { stat } from 'node:fs/promises'
import { type DuckDBConnection, type DuckDBInstance, DuckDBInstanceCache } from '@duckdb/node-api'
import { quoteText } from './sql.ts'

export interface AttachSettings {
  readonly memoryLimitMb: number
  /**
   * Whether each checkpoint joins all groups of rows that have shrunk, as it must where rows are replaced. Where they are only added,
   * that would compress most of them a second time, for the sake of what is left over behind whole groups.
   */
  readonly joinsGroups?: boolean
}

/** A batch of 53,248 rows fills two. */
export const groupRows = 26_624

/** Joinings of groups, up to three each, at a checkpoint of each table. */
const joiningsMax = { few: 2, many: 100 }

/** What the file is called in SQL. */
const catalogName = 'warehouse'

/** Of a file that is made: two for each column that is appended to. With DuckDB's own 256 KiB one table of 650 columns would not fit the memory. */
const blockBytes = 32 * 1024

/** Disk space beside the file that large statements may use for what does not fit the memory. */
const temporaryMb = 2048

/** @throws errors of DuckDB. */
export async function attach(path: string, settings: AttachSettings): Promise<DuckDBInstance> {
  // By the cache and a name of its own: whoever opens the file once more in this process shares the instance.
  const name = `:memory:${path}`
  const instance = await DuckDBInstanceCache.singleton.getOrCreateInstance(name, configuration(path, settings))
  try {
    const connection = await instance.connect()
    try {
      if (await isLocked(connection)) return instance // attached before
      // A file that is there keeps its blocks, and DuckDB would refuse it where others were asked for.
      const blocks = (await isMade(path)) ? '' : `, BLOCK_SIZE ${blockBytes}`
      const options = `ROW_GROUP_SIZE ${groupRows}${blocks}`
      await connection.run(`ATTACH ${quoteText(path)} AS ${catalogName} (${options})`)
      await connection.run('SET enable_external_access = false')
      await connection.run('SET lock_configuration = true')
    } finally {
      connection.closeSync()
    }
    return instance
  } catch (cause) {
    instance.closeSync()
    throw cause
  }
}

async function isMade(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > 0,
    () => false,
  )
}

async function isLocked(connection: DuckDBConnection): Promise<boolean> {
  const reader = await connection.runAndReadAll(`SELECT current_setting('lock_configuration')`)
  return reader.getRows()[0]![0] === true
}

/** A connection to the file: names without a catalog are of it. */
export async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  try {
    await connection.run(`USE ${catalogName}`)
    return connection
  } catch (cause) {
    connection.closeSync()
    throw cause
  }
}

/** Locked once the file is attached: no statement can lift what is set here. */
function configuration(path: string, { memoryLimitMb, joinsGroups = false }: AttachSettings): Record<string, string> {
  return {
    // Two threads take about twice the CPU for each row loaded.
    threads: '1',
    memory_limit: `${memoryLimitMb}MiB`,
    temp_directory: `${path}.tmp`,
    max_temp_directory_size: `${temporaryMb}MiB`,
    // Checkpoints are made by `checkpoints.ts`, which must know of each.
    wal_autocheckpoint: '1TB',
    max_vacuum_tasks: `${joinsGroups ? joiningsMax.many : joiningsMax.few}`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  }
}
