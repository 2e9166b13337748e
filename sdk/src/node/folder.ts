/**
 * The folder of a spool, shared by all clients that send to one place with one key:
 *
 *   <dir>/<client>/owner              process id of whoever writes here; touched every few seconds
 *   <dir>/<client>/<number>.queue     events that are on disk alone
 *   <dir>/<client>/<number>.copy      copies of events that are in its memory too
 *   <dir>/<client>/from-<other>/…     what another client left behind: its files count as queued
 *
 * A client whose process is gone is adopted by renaming its folder, which only one of several can do.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SpoolFolder {
  readonly path: string
  /** Files that wait to be read, oldest first: those of clients that are gone. */
  adopt(): string[]
  /** Says that the owner lives. */
  touch(): void
  /** Gives it up; removes it where nothing is left in it. */
  leave(): void
}

/** A process that says nothing for so long is gone, even if another one has its id now. */
const silentMsMax = 10 * 60_000

/** @throws Error of the file system. */
export function openSpoolFolder(dir: string, client: string): SpoolFolder {
  const path = join(dir, client)
  const owner = join(path, 'owner')
  mkdirSync(path, { recursive: true, mode: 0o700 })
  writeFileSync(owner, String(process.pid), { mode: 0o600 })
  return {
    path,
    adopt() {
      const others = readdirSync(dir).filter((name) => name !== client && isLeft(join(dir, name)))
      return others.flatMap((name) => takeOver(join(dir, name), join(path, `from-${name}`)))
    },
    touch() {
      const now = new Date()
      utimesSync(owner, now, now)
    },
    leave() {
      if (spoolFiles(path).length === 0) rmSync(path, { recursive: true, force: true })
      else rmSync(owner, { force: true })
    },
  }
}

/** Spool files below a folder, oldest first. */
function spoolFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return spoolFiles(path)
      return /\.(queue|copy)$/.test(entry.name) ? [path] : []
    })
    .sort((one, other) => statSync(one).mtimeMs - statSync(other).mtimeMs)
}

function isLeft(folder: string): boolean {
  try {
    if (!statSync(folder).isDirectory()) return false
    const owner = join(folder, 'owner')
    const process = readFileSync(owner, 'utf8')
    return !isAlive(Number(process)) || Date.now() - statSync(owner).mtimeMs > silentMsMax
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' // it has no owner, or is adopted by another right now
  }
}

function isAlive(id: number): boolean {
  if (!Number.isSafeInteger(id) || id <= 0) return false
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function takeOver(folder: string, place: string): string[] {
  try {
    renameSync(folder, place)
    rmSync(join(place, 'owner'), { force: true })
    return spoolFiles(place)
  } catch {
    return [] // another client was faster
  }
}
