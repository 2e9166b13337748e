import type { DuckDBConnection } from '@duckdb/node-api'

/** Runs `job` in a transaction of its own: all of it, or nothing. */
export async function inTransaction<T>(connection: DuckDBConnection, job: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN TRANSACTION')
  try {
    const result = await job()
    // failpoint: duckdb.commit.before
    await connection.run('COMMIT')
    // failpoint: duckdb.commit.after
    return result
  } catch (error) {
    // A failed COMMIT has ended the transaction already; then there is nothing to roll back.
    await connection.run('ROLLBACK').catch(() => {})
    throw error
  }
}
