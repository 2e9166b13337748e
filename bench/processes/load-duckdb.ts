/** Our loader alone: batches of 50,000 rows, made beforehand, a transaction each; the checkpoint of closing counts too. */
import { fakeBatch } from '@millrace/server/load/fake-batch'
import { duckdb } from '@millrace/server/load/loaders/duckdb'
import { type ColumnType, emptyBooks } from '@millrace/server/rows'
import { type BenchEvent, makeEvent } from '../events.ts'

const rowsPerBatch = 50_000
const [path, declared, events] = process.argv.slice(2) as [string, string, string]
const columns = Object.entries(JSON.parse(declared) as Record<string, ColumnType>).map(([name, type]) => ({
  name,
  type,
}))
const table = { name: 'event', columns }

const batches = Array.from({ length: Number(events) / rowsPerBatch }, (_, batch) =>
  fakeBatch(
    table,
    Array.from({ length: rowsPerBatch }, (_, row) => valuesOf(makeEvent(batch * rowsPerBatch + row))),
  ),
)

function valuesOf(event: BenchEvent) {
  return columns.map(({ name, type }) => (type === 'BIGINT' ? BigInt(event[name] as number) : event[name]!))
}

const destination = await duckdb.open(duckdb.settings.parse({ path }), new AbortController().signal)
let position = await destination.claim(0)
await destination.evolve(table)
const before = process.cpuUsage()
let peakBytes = 0
for (const batch of batches) {
  const end = position + BigInt(rowsPerBatch)
  await destination.write([batch], { partition: 0, start: position, end }, emptyBooks)
  position = end
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}
const rows = (await destination.tables())[0]!.rowCount
await destination.close()
const { user, system } = process.cpuUsage(before)
process.send!({ cpuSeconds: (user + system) / 1e6, rows, peakBytes }, () => process.exit(0))
