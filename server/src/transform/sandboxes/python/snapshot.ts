/**
 * The kept state of a fresh interpreter: made once for each installation by a process of its own, and found under a name that says of
 * what it was made. It lies beside the installed packages, or, where nobody may write there, in the server's data folder. Without it
 * guests start just the same, eight times as slowly.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { driverFiles, driverFolder, pyodideFolder } from './interpreter.ts'

let cacheFolder: string | undefined

/** Where the state may be kept beside the packages' own folder; made where it is missing. */
export function useCacheFolder(folder: string): void {
  cacheFolder = folder
}

/** Where the state is; undefined where there is none yet. */
export function findSnapshot(): string | undefined {
  return snapshotPaths().find((path) => existsSync(path))
}

/** Where it can be made; undefined where nobody may write to any of the places. */
export function placeForSnapshot(): string | undefined {
  return snapshotPaths().find((path) => isWritable(dirname(path)))
}

/** The best first. */
function snapshotPaths(): string[] {
  const name = snapshotName()
  const beside = join(pyodideFolder, '..', '.cache', 'millrace', name)
  // Guests of a server that is root are nobody to the machine, and nobody reads nothing of a data folder.
  if (cacheFolder === undefined || process.getuid?.() === 0) return [beside]
  return [beside, join(cacheFolder, name)]
}

function snapshotName(): string {
  const hash = createHash('sha256').update(readFileSync(join(pyodideFolder, 'package.json')))
  hash.update(readFileSync(join(import.meta.dirname, 'interpreter.ts')))
  for (const name of driverFiles()) hash.update(readFileSync(join(driverFolder, name)))
  return `python-${hash.digest('hex').slice(0, 16)}.snapshot`
}

/** The folder, or the nearest above it that there is. */
function isWritable(folder: string): boolean {
  if (!existsSync(folder)) return dirname(folder) !== folder && isWritable(dirname(folder))
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

let making: Promise<void> | undefined

/** Makes the state where there is none. Does not fail: the places may be such as nobody may write to. */
export function ensureSnapshot(): Promise<void> {
  if (findSnapshot() !== undefined) return Promise.resolve()
  const place = placeForSnapshot()
  if (place === undefined) return Promise.resolve()
  making ??= promisify(execFile)(process.execPath, [join(import.meta.dirname, 'make-snapshot.ts'), place])
    .catch(() => {})
    .then(() => {
      making = undefined
    })
  return making
}
