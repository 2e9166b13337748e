/** The data folder: made if missing, readable by its owner alone, and held by one process at a time. */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MillraceError } from './errors.ts'

export interface DataFolder {
  readonly path: string
  /** Where the log of a workspace lies. */
  log(workspace: string): string
  /** Where its destination and restream queue lie; made if missing. */
  workspace(workspace: string): string
  /** Gives the folder up. */
  release(): void
}

/**
 * Takes the folder. The lock is SQLite's own on the file `lock`: it ends with the process, however that ends.
 * @throws MillraceError `folder_locked`: another process has it.
 */
export function takeDataFolder(folder: string): DataFolder {
  const path = resolve(folder)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(path, 'lock'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new MillraceError('folder_locked', `The data folder ${path} is in use by another Millrace process`, {
      cause,
      hint: 'Stop that process, or choose another folder with --data or MILLRACE_DATA.',
    })
  }
  return {
    path,
    log: (workspace) => join(path, 'log', workspace),
    workspace(workspace) {
      const place = join(path, 'workspaces', workspace)
      mkdirSync(place, { recursive: true, mode: 0o700 })
      return place
    },
    release: () => lock.close(),
  }
}

/** What commands typed beside the folder need to reach the server that holds it. */
export interface LocalAccess {
  readonly url: string
  readonly token: string
  readonly ingestKey: string | undefined
}

const localAccessFile = 'local.json'

/** Leaves {@link LocalAccess} in `local.json`, for the folder's owner alone. */
export function writeLocalAccess(folder: DataFolder, access: LocalAccess): void {
  const file = join(folder.path, localAccessFile)
  writeFileSync(file, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

/** What the server before this one left; undefined where there was none, or what it left is no such thing. */
export function readLocalAccess(folder: DataFolder): LocalAccess | undefined {
  const file = join(folder.path, localAccessFile)
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LocalAccess
  } catch {
    return undefined // cut short by a power cut: what it says is made anew
  }
}

const localTokenPrefix = 'mlr_local_'

/** The token of commands typed beside the data folder: the one of the last start, unless the config had fixed that one. */
export function localToken(last: string | undefined): string {
  if (last?.startsWith(localTokenPrefix)) return last
  return localTokenPrefix + randomBytes(24).toString('base64url')
}
