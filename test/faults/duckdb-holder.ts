/** A process that has a DuckDB file open, named by its argument, until it is killed. */
import { DuckDBInstance } from '@duckdb/node-api'

const instance = await DuckDBInstance.create(process.argv[2])
setInterval(() => instance, 60_000) // what nobody holds any more may be closed
process.send!('open')
