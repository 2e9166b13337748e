/** DuckDB alone: the same rows out of files of JSON lines, by `read_json` with explicit columns, one transaction a file, checkpoints included. */
import { DuckDBInstance } from '@duckdb/node-api'

const [path, columns, ...files] = process.argv.slice(2) as [string, string, ...string[]]
const instance = await DuckDBInstance.create(path, { threads: '1', wal_autocheckpoint: '256MB' })
const connection = await instance.connect()
const declared = JSON.parse(columns) as Record<string, string>
await connection.run(
  `CREATE TABLE event (${Object.entries(declared)
    .map(([name, type]) => `"${name}" ${type}`)
    .join(', ')})`,
)
const before = process.cpuUsage()
for (const file of files)
  await connection.run(
    `INSERT INTO event SELECT * FROM read_json('${file}', format = 'newline_delimited', columns = {${Object.entries(
      declared,
    )
      .map(([name, type]) => `"${name}": '${type}'`)
      .join(', ')}})`,
  )
await connection.run('CHECKPOINT')
const { user, system } = process.cpuUsage(before)
const rows = (await connection.runAndReadAll('SELECT count(*)::INTEGER FROM event')).getRows()[0]![0]
process.send!({ cpuSeconds: (user + system) / 1e6, rows }, () => process.exit(0))
