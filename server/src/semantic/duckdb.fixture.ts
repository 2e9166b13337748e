/** For tests: a DuckDB in memory, asked one thing after the other. */
import { DuckDBInstance } from '@duckdb/node-api'

export interface TestDuckdb {
  run(sql: string): Promise<void>
  rows(sql: string, parameters?: readonly (string | number | null)[]): Promise<unknown[][]>
  close(): void
}

export async function openTestDuckdb(): Promise<TestDuckdb> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    enable_external_access: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  return {
    async run(sql) {
      await connection.run(sql)
    },
    async rows(sql, parameters) {
      const reader = await connection.runAndReadAll(sql, parameters && [...parameters])
      return reader.getRowsJS() as unknown[][]
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
