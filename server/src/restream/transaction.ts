/** Statements of the queue's file, prepared once, and its transactions, whose failures are ours where they pass by themselves. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { MillraceError } from '../errors.ts'

/** Whole numbers come back as bigints. */
export type Prepare = (sql: string) => StatementSync

export function openStatements(db: DatabaseSync): Prepare {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = db.prepare(sql)
      statement.setReadBigInts(true)
      prepared.set(sql, statement)
    }
    return statement
  }
}

/** @throws MillraceError `storage_full`, `overloaded`. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  try {
    db.exec('BEGIN IMMEDIATE')
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK') // SQLite does it itself after some failures
    throw ourFailure(error)
  }
}

/** SQLITE_BUSY: another thread holds the file. SQLite waits for it, but not in every case. SQLITE_FULL. */
const [busyCode, fullCode] = [5, 13]

/** What passes by itself is told so, and is tried again by whoever asked. */
export function ourFailure(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
  if (code === fullCode) return storageFull(error)
  if (code === busyCode)
    return new MillraceError('overloaded', 'The restream queue is busy', { cause: error, retryAfterSeconds: 1 })
  return error
}

function storageFull(cause: unknown): MillraceError {
  return new MillraceError('storage_full', 'The disk of the restream queue is full', { cause, retryAfterSeconds: 2 })
}
