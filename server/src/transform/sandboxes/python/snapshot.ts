/**
 * The kept state of a fresh interpreter: made once for each installation by a process of its own, and found by guests under a name
 * that says of what it was made. Without it guests start just the same, eight times as slowly.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { driverFiles, driverFolder, pyodideFolder } from './interpreter.ts'

/** Where the state is, or will be. */
export function snapshotPath(): string {
  const hash = createHash('sha256').update(readFileSync(join(pyodideFolder, 'package.json')))
  hash.update(readFileSync(join(import.meta.dirname, 'interpreter.ts')))
  for (const name of driverFiles()) hash.update(readFileSync(join(driverFolder, name)))
  return join(pyodideFolder, '..', '.cache', 'millrace', `python-${hash.digest('hex').slice(0, 16)}.snapshot`)
}

let making: Promise<void> | undefined

/** Makes the state where there is none. Does not fail: the folder may be one that nobody may write to. */
export function ensureSnapshot(): Promise<void> {
  if (existsSync(snapshotPath())) return Promise.resolve()
  making ??= promisify(execFile)(process.execPath, [join(import.meta.dirname, 'make-snapshot.ts')])
    .catch(() => {})
    .then(() => {
      making = undefined
    })
  return making
}
