import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { expect, it, vi } from 'vitest'
import { inTransaction } from './transaction.ts'

it('begins although the rollback before found no memory and left its transaction behind', async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    await connection.run('CREATE TABLE a (n BIGINT)')
    const run = connection.run.bind(connection)
    let failsOnce = true
    vi.spyOn(connection, 'run').mockImplementation(((sql: string) => {
      if (sql === 'ROLLBACK' && failsOnce) {
        failsOnce = false
        return Promise.reject(new Error('Out of Memory Error'))
      }
      return run(sql)
    }) as DuckDBConnection['run'])
    const failing = inTransaction(connection, () => connection.run('INSERT INTO a VALUES (1), (error(2))'))
    await expect(failing).rejects.toThrow('2')
    await inTransaction(connection, () => connection.run('INSERT INTO a VALUES (3)'))
    expect((await connection.runAndReadAll('SELECT n FROM a')).getRows()).toEqual([[3n]])
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
})
