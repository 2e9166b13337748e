import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import { tableAt } from './duckdb/fake-pipeline.ts'
import { duckdb } from './duckdb.ts'

const runs = Number(process.env['CRASH_RUNS'] ?? 1)

/** Ranges of many rows go into the file past the write-ahead log. */
it.each([
  { rows: 200, kills: 30 * runs, forMs: 300 },
  { rows: 30_000, kills: 8 * runs, forMs: 2000 },
])(
  'a process killed $kills times while it loads ranges of $rows rows and alters tables loses nothing and loads nothing twice',
  async ({ rows, kills, forMs }) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-duckdb-'))
    const path = join(folder, 'tables.duckdb')
    let total = 0
    // On a busy machine it is killed more often, until enough was loaded for the kills to have met it.
    for (let kill = 0; kill < kills || total <= kills * rows; kill++) {
      const written = await runAndKill([path, `${rows}`], 20 + Math.random() * forMs)
      total = await checkTables(path, rows, written)
    }
    await rm(folder, { recursive: true })
  },
)

/** The last position that the process said it had written before it died. */
async function runAndKill(args: readonly string[], afterMs: number): Promise<number> {
  const child = fork(join(import.meta.dirname, 'duckdb', 'fake-pipeline.ts'), args)
  const exited = once(child, 'exit')
  let position = -1
  child.on('message', (said) => {
    position = said as number
  })
  await Promise.race([once(child, 'message'), exited])
  expect(position).toBeGreaterThanOrEqual(0)
  await pause(afterMs)
  child.kill('SIGKILL')
  await exited
  return position
}

/** Rows, position and books agree, and every table has the columns of the last range that was written to it, or of the next. */
async function checkTables(path: string, rowsPerRange: number, written: number): Promise<number> {
  const destination = await duckdb.open(duckdb.settings.parse({ path }), new AbortController().signal, silentLogger)
  const { position, books } = await destination.books(0)
  expect(Number(position)).toBeGreaterThanOrEqual(written)
  expect(books).toMatchObject({ received: Number(position), loaded: Number(position) })
  expect(await destination.durablePosition(0)).toBe(position)
  let rowCount = 0
  for (const table of await destination.tables()) {
    const index = Number(table.name.slice(1))
    const last = Math.min(Number(position) / rowsPerRange - 1, index * 16 + 15)
    const fitting = [tableAt(Math.max(last, index * 16)).table, tableAt(Math.min(last + 1, index * 16 + 15)).table]
    expect(fitting).toContainEqual({ name: table.name, columns: table.columns })
    const { rows } = await destination.query({
      sql: `SELECT count(*), count(DISTINCT id), min(id), count(CASE WHEN trim(v::VARCHAR, '".') IN (id::VARCHAR, id || '.00') THEN 1 END)
            FROM ${table.name}`,
      rowsMax: 1,
      timeoutMs: 60_000,
    })
    const rowsEach = 16 * rowsPerRange
    const count = Math.min(Number(position), (index + 1) * rowsEach) - index * rowsEach
    expect(rows).toEqual([[count, count, count === 0 ? null : index * rowsEach, count]])
    rowCount += table.rowCount
  }
  expect(rowCount).toBe(Number(position))
  await destination.close()
  return rowCount
}
