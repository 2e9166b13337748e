import { join } from 'node:path'
import { expect, it } from 'vitest'
import { emptyBooks } from '../../../rows.ts'
import { silentLogger } from '../../../telemetry.ts'
import { fakeBatch } from '../../fake-batch.ts'
import { duckdb } from '../duckdb.ts'
import { openDatabase } from './database.ts'
import { fakeFolder } from './fake-folder.ts'

it('a file from before rows were replaced keeps its books and counts on', async () => {
  const settings = duckdb.settings.parse({ path: join(await fakeFolder(), 'old.duckdb') })
  const old = await openDatabase(settings, silentLogger)
  const { replaced: _, ...books } = emptyBooks
  const columns = Object.keys(books).map((name) => `${name} BIGINT NOT NULL DEFAULT 0`)
  await old.writer.run('CREATE SCHEMA IF NOT EXISTS _millrace')
  await old.writer.run('DROP TABLE IF EXISTS _millrace.partitions')
  await old.writer.run(
    `CREATE TABLE _millrace.partitions (partition INTEGER NOT NULL, position BIGINT NOT NULL, epoch BIGINT NOT NULL, ${columns.join(', ')})`,
  )
  await old.writer.run(
    'INSERT INTO _millrace.partitions (partition, position, epoch, received, loaded) VALUES (0, 5, 1, 5, 5)',
  )
  old.close()
  for (const replaced of [1, 2]) {
    const destination = await duckdb.open(settings, new AbortController().signal)
    const position = await destination.claim(0)
    const table = { name: 't', columns: [{ name: 'id', type: 'BIGINT' as const }], primaryKey: ['id'] }
    await destination.evolve(table)
    const range = { partition: 0, start: position, end: position + 2n }
    await destination.write([fakeBatch(table, [[BigInt(replaced)], [BigInt(replaced)]])], range, {
      ...emptyBooks,
      received: 2,
      loaded: 2,
    })
    const loaded = 5 + 2 * replaced
    expect((await destination.books(0)).books).toEqual({ ...emptyBooks, received: loaded, loaded, replaced })
    await destination.close()
  }
})
