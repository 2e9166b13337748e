/**
 * Brings a database to the shape this program knows: the files of `migrations/`, `NNNN-what.sql`, each once, in order, in a
 * transaction of its own, those of a new database in one. A crash leaves a whole number of them done. None needs another than those its own file builds on, so
 * one that was merged late is done late.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { MillraceError } from '../../errors.ts'
import { chainExisting, chainKey } from './audit-chain.ts'
import { refuseOtherKey } from './secrets.ts'

/** What SQL cannot say of a migration, by its number; done in its transaction, after its file. */
const further: Readonly<Record<number, (database: DatabaseSync, secretKey: Uint8Array) => void>> = {
  3(database, secretKey) {
    refuseOtherKey(database, secretKey)
    chainExisting(database, chainKey(secretKey))
  },
}

const folder = new URL('./migrations/', import.meta.url)

/** @throws MillraceError `store_newer`: the database was made by a later program; `secret_key_wrong`. Nothing is changed then. */
export function migrate(database: DatabaseSync, secretKey: Uint8Array, now = Date.now()): void {
  database.exec(
    'create table if not exists migrations (version bigint not null primary key, applied_at bigint not null)',
  )
  const done = versionsOf(database)
  const files = migrationFiles()
  const newest = Math.max(...files.map(({ version }) => version))
  const beyond = Math.max(0, ...done)
  if (beyond > newest) {
    throw new MillraceError(
      'store_newer',
      `The metadata has version ${beyond}, but this program knows only up to version ${newest}`,
      { hint: 'Start the version of Millrace that last used this data folder, or a later one.' },
    )
  }
  const pending = files.filter(({ version }) => !done.has(version))
  // A new database is made whole or not at all, with one wait for the disk.
  for (const some of done.size === 0 ? [pending] : pending.map((one) => [one]))
    inTransaction(database, () => {
      for (const { version, file } of some) {
        database.exec(readFileSync(new URL(file, folder), 'utf8'))
        further[version]?.(database, secretKey)
        database.prepare('insert into migrations (version, applied_at) values (?, ?)').run(version, now)
      }
    })
}

function versionsOf(database: DatabaseSync): Set<number> {
  const rows = database.prepare('select version from migrations').all()
  return new Set(rows.map(({ version }) => Number(version)))
}

function migrationFiles(): { version: number; file: string }[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ version: Number(file.slice(0, 4)), file }))
  const twice = files.find(({ version }, index) => !(version > (files[index - 1]?.version ?? 0)))
  if (twice) throw new Error(`Migrations need numbers of their own: ${twice.file}`)
  return files
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('begin immediate')
  try {
    work()
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}
