import type { DuckDBConnection } from '@duckdb/node-api'

/** Runs `job` in a transaction of its own: all of it, or nothing. */
export async function inTransaction<T>(connection: DuckDBConnection, job: () => Promise<T>): Promise<T> {
  await begin(connection)
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

/** Where memory was so short that the ROLLBACK before failed as well, it is made up for here: no other transaction would begin. */
async function begin(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('BEGIN TRANSACTION')
  } catch {
    await connection.run('ROLLBACK').catch(() => {})
    await connection.run('BEGIN TRANSACTION')
  }
}
