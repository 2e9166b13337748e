import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../telemetry.ts'
import { type LoaderFixture, testLoader } from '../loader.suite.ts'
import type { Destination } from '../loader.ts'
import { openDatabase } from './duckdb/database.ts'
import { duckdb } from './duckdb.ts'

testLoader('DuckDB', async (): Promise<LoaderFixture> => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-duckdb-'))
  const settings = duckdb.settings.parse({ path: join(folder, 'tables.duckdb') })
  const opened: Destination[] = []
  const reopen = async () => {
    const destination = await duckdb.open(settings, new AbortController().signal)
    opened.push(destination)
    return destination
  }
  return {
    destination: await reopen(),
    reopen,
    async execute(sql) {
      const stranger = await openDatabase(settings, silentLogger)
      await stranger.writer.run(sql)
      stranger.close()
    },
    async close() {
      for (const destination of opened) await destination.close()
      await rm(folder, { recursive: true })
    },
  }
})
