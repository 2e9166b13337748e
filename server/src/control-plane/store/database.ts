/** The metadata's database: SQLite by `node:sqlite`, asked through Kysely. What was committed outlives a power cut. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { CamelCasePlugin, Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { MillraceError } from '../../errors.ts'
import { migrate } from './migrations.ts'
import type { Schema } from './schema.ts'
import { refuseOtherKey } from './secrets.ts'

/** Opens the file, mode 0600, creates or migrates its tables. @throws MillraceError `store_newer`, `secret_key_wrong`. */
export function openDatabase(path: string, secretKey: Uint8Array): Kysely<Schema> {
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: 5_000 })
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
    migrate(database, secretKey)
    refuseOtherKey(database, secretKey)
  } catch (error) {
    database.close()
    throw error
  }
  return new Kysely<Schema>({
    dialect: new SqliteDialect({ database: preparedOnce(database) }),
    plugins: [new CamelCasePlugin()],
  })
}

const preparedStatementsMax = 500

/** `DatabaseSync` in the words of Kysely's dialect. Each text is prepared once; Kysely's texts are few. */
function preparedOnce(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    close: () => database.close(),
    prepare(sql) {
      let statement = statements.get(sql)
      if (statement === undefined) {
        if (statements.size >= preparedStatementsMax) statements.clear()
        statement = asSqliteStatement(database, database.prepare(sql))
        statements.set(sql, statement)
      }
      return statement
    },
  }
}

function asSqliteStatement(database: DatabaseSync, statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
  const isRollback = statement.sourceSQL === 'rollback'
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => toldFull(() => statement.all(...values(parameters))),
    run(parameters) {
      // SQLite rolls back by itself after some failures, and a second time would hide why.
      if (isRollback && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 }
      return toldFull(() => statement.run(...values(parameters)))
    },
    iterate: (parameters) => statement.iterate(...values(parameters)),
  }
}

/** SQLITE_FULL */
const fullCode = 13

/** @throws MillraceError `storage_full` where that is why it failed: nothing is changed then, repeat later. */
function toldFull<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === fullCode)) throw cause
    throw new MillraceError('storage_full', 'The disk of the metadata is full', { cause, retryAfterSeconds: 2 })
  }
}
