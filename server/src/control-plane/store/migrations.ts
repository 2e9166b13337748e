/**
 * Brings a database to the shape this program knows: the files of `migrations/`, `NNNN-what.sql`, each once, in order, in a
 * transaction of its own. A crash leaves a whole number of them done.
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
  const done = versionOf(database)
  const files = migrationFiles()
  if (done > files.length) {
    throw new MillraceError(
      'store_newer',
      `The metadata has version ${done}, but this program knows only up to version ${files.length}`,
      { hint: 'Start the version of Millrace that last used this data folder, or a later one.' },
    )
  }
  for (const [index, file] of files.entries()) {
    if (index < done) continue
    const version = index + 1
    apply(database, version, now, () => {
      database.exec(readFileSync(new URL(file, folder), 'utf8'))
      further[version]?.(database, secretKey)
    })
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('select coalesce(max(version), 0) as version from migrations').get()?.['version'])
}

function migrationFiles(): string[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  for (const [index, name] of files.entries()) {
    if (Number(name.slice(0, 4)) !== index + 1) throw new Error(`Migrations are not numbered in a row: ${name}`)
  }
  return files
}

function apply(database: DatabaseSync, version: number, now: number, work: () => void): void {
  database.exec('begin immediate')
  try {
    work()
    database.prepare('insert into migrations (version, applied_at) values (?, ?)').run(version, now)
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}
