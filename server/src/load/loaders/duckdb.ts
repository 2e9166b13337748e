/** Tables in a DuckDB file of one's own: the destination that needs no server. The folder beside this file holds its parts. */
import { z } from 'zod'
import { silentLogger } from '../../telemetry.ts'
import type { Loader } from '../loader.ts'

const settings = z.object({
  path: z.string().min(1).describe('File that holds the tables; made if missing'),
  memoryLimitMb: z.int().min(128).default(320).describe('Memory that DuckDB may use, in MiB'),
})

export const duckdb: Loader<typeof settings> = {
  title: 'DuckDB',
  settings,
  async open(configured, _signal, logger = silentLogger) {
    // The thread that opens it reads DuckDB's library from the disk, and no other.
    const { openDestination } = await import('./duckdb/destination.ts')
    return openDestination(configured, logger)
  },
}
