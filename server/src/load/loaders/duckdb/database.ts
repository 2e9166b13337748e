/**
 * Opens a DuckDB file so that it is safe to load into and to ask.
 *
 * What is committed lies in `<file>.wal` until a CHECKPOINT moves it into the file. A power cut may leave a log that DuckDB
 * refuses to replay: it is then set aside as `<file>.wal.quarantine-<time>` and the file opened as of its last checkpoint. The
 * position falls back with the rows, since both are in one transaction, and Millrace's own log is read again from there.
 *
 * Nothing here or elsewhere may open the file itself while DuckDB has it: closing it again would give up DuckDB's lock.
 */
import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Logger } from '../../../telemetry.ts'
import { type AttachSettings, attach, connect } from './attached.ts'
import { isWalDamaged, openFailure } from './failures.ts'
import { type RowSource, registerRowSource } from './row-source.ts'

export interface DatabaseSettings extends AttachSettings {
  readonly path: string
}

export interface Database {
  readonly instance: DuckDBInstance
  /** The connection that writes. */
  readonly writer: DuckDBConnection
  readonly rowSource: RowSource
  /** Whether the write-ahead log held something when the file was opened: it is not in the file before the next checkpoint. */
  readonly hadWal: boolean
  /** Closes the file, which makes a last checkpoint of it. */
  close(): void
}

/** @throws MillraceError `destination_unavailable`, `destination_refused`. */
export async function openDatabase(settings: DatabaseSettings, logger: Logger): Promise<Database> {
  const path = resolve(settings.path)
  await mkdir(dirname(path), { recursive: true })
  const hadWal = await hasWal(path)
  const instance = await openOrQuarantine(path, settings, logger)
  // failpoint: duckdb.open
  try {
    const writer = await connect(instance)
    const close = () => {
      writer.closeSync()
      instance.closeSync()
    }
    return { instance, writer, rowSource: registerRowSource(writer), hadWal, close }
  } catch (cause) {
    instance.closeSync()
    throw openFailure(cause, path)
  }
}

async function openOrQuarantine(path: string, settings: DatabaseSettings, logger: Logger): Promise<DuckDBInstance> {
  const open = () => attach(path, settings)
  try {
    return await open()
  } catch (cause) {
    if (!isWalDamaged(cause)) throw openFailure(cause, path)
    const quarantine = await quarantineWal(path)
    logger.error('DuckDB write-ahead log damaged, set aside; loading goes on from the last checkpoint', {
      quarantine,
      reason: cause instanceof Error ? cause : String(cause),
    })
  }
  return open().catch((cause: unknown) => {
    throw openFailure(cause, path)
  })
}

async function hasWal(path: string): Promise<boolean> {
  return (await walFiles(path)).length > 0
}

/** DuckDB keeps more than one while it makes a checkpoint. */
async function walFiles(path: string): Promise<string[]> {
  const names = (await readdir(dirname(path))).filter((name) =>
    ['.wal', '.wal.checkpoint', '.wal.recovery'].some((ending) => name === `${basename(path)}${ending}`),
  )
  const files = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(join(dirname(path), name))).size })),
  )
  return files.filter(({ size }) => size > 0).map(({ name }) => join(dirname(path), name))
}

async function quarantineWal(path: string): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[-:.]/g, '')
  for (const file of await walFiles(path)) {
    // failpoint: duckdb.quarantine
    await rename(file, `${file}.quarantine-${time}`)
  }
  return `${path}.wal.quarantine-${time}`
}
