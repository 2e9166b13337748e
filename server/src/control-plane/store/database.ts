/** The metadata's database: SQLite by `node:sqlite`, asked through Kysely. What was committed outlives a power cut. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { CamelCasePlugin, Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { migrate } from './migrations.ts'
import type { Schema } from './schema.ts'

/** Opens the file, mode 0600, creates or migrates its tables. @throws MillraceError `store_newer`. */
export function openDatabase(path: string): Kysely<Schema> {
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: 5_000 })
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
    migrate(database)
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
        statement = asSqliteStatement(database.prepare(sql))
        statements.set(sql, statement)
      }
      return statement
    },
  }
}

function asSqliteStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  }
}
