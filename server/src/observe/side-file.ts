/**
 * SQLite files of what can be done without: they do not wait for the disk (a power cut takes the last moments, never the file), and
 * one that is damaged is made anew.
 */
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Opens or creates a file for the thread that writes it. `waitMs`: how long a statement waits for another's lock. */
export function openSideFile(path: string, schema: string, waitMs: number): DatabaseSync {
  try {
    return openSideFileToRead(path, schema, waitMs)
  } catch (error) {
    if (!isDamage(error)) throw error
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    return openSideFileToRead(path, schema, waitMs)
  }
}

/** The same for whoever reads beside it, and so must not make it anew. */
export function openSideFileToRead(path: string, schema: string, waitMs: number): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: waitMs })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    db.exec(schema)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** All of it or nothing. */
export function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK') // SQLite does it by itself after some failures
    throw error
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const damageCodes = new Set([11, 26])

function isDamage(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && damageCodes.has(Number(error.errcode) & 0xff)
}
