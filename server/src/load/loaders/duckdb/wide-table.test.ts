import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { emptyBooks, type Table } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import { duckdb } from '../duckdb.ts'

it('rows are appended to a table of 1,000 columns that a checkpoint has moved into the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-wide-'))
  const settings = duckdb.settings.parse({ path: join(folder, 'wide.duckdb') })
  const columns = Array.from({ length: 1_005 }, (_, i) => ({ name: `c${i}`, type: 'BIGINT' as const }))
  const table: Table = { name: 'wide', columns }
  const row = columns.map((_, i) => BigInt(i))
  try {
    for (const [start, end] of [
      [0n, 1n],
      [1n, 2n],
      [2n, 3n],
    ] as const) {
      const destination = await duckdb.open(settings, new AbortController().signal)
      await destination.claim(0)
      await destination.evolve(table)
      await destination.write(
        [fakeBatch(table, [row])],
        { partition: 0, start, end },
        { ...emptyBooks, received: 1, loaded: 1 },
      )
      expect((await destination.books(0)).position).toBe(end)
      await destination.close() // makes a checkpoint
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
