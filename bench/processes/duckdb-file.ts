/** DuckDB alone: one file into a table, as it makes it by itself, in one transaction, the checkpoint included. */
import { DuckDBInstance } from '@duckdb/node-api'

const [path, file] = process.argv.slice(2) as [string, string]
const instance = await DuckDBInstance.create(path, { threads: '1' })
const connection = await instance.connect()
const reader = file.endsWith('.parquet') ? 'read_parquet' : 'read_ndjson'
const before = process.cpuUsage()
await connection.run(`CREATE TABLE event AS SELECT * FROM ${reader}('${file}')`)
await connection.run('CHECKPOINT')
const { user, system } = process.cpuUsage(before)
const rows = (await connection.runAndReadAll('SELECT count(*)::INTEGER FROM event')).getRows()[0]![0]
process.send!({ cpuSeconds: (user + system) / 1e6, rows }, () => process.exit(0))
