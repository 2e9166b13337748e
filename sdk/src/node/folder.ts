/**
 * The folder of a spool, shared by all clients that send to one place with one key:
 *
 *   <dir>/<client>/owner                    who writes here; touched every few seconds
 *   <dir>/<client>/<number>.queue           events that are on disk alone
 *   <dir>/<client>/<number>.copy            copies of events that are in its memory too
 *   <dir>/<client>/from-<other>-<name>      what another client left behind: counts as queued
 *
 * A client that is gone is adopted by renaming its folder into the own one, which only one of several can do; then its files are
 * moved up. Whoever dies in between leaves a folder in a folder, which the next one looks through just the same.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { isOwnerGone, ownerLine } from './owner.ts'

export interface SpoolFolder {
  readonly path: string
  /** Files that wait to be read, oldest first: those of clients that are gone. */
  adopt(): string[]
  /** Says that the owner lives. False: somebody had removed the folder, or taken it over; it is made again. */
  touch(): boolean
  /** Forces the names of its files to the disk. */
  sync(): void
  /** Gives it up; removes it where nothing is left in it. */
  leave(): void
}

/** The system's folder for temporary files is everybody's: whoever was there first could read what is spooled. */
function refuseForeign(dir: string): void {
  const user = process.getuid?.()
  if (user !== undefined && statSync(dir).uid !== user) throw new Error(`${dir} belongs to another user`)
}

/** Whether there is anything that `adopt` would take. @throws Error of the file system. */
export function hasLeftovers(dir: string, client: string): boolean {
  return leftFolders(dir, client).length > 0
}

/** @throws Error of the file system. */
export function openSpoolFolder(dir: string, client: string): SpoolFolder {
  const path = join(dir, client)
  const owner = join(path, 'owner')
  const settle = () => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    refuseForeign(dir)
    writeFileSync(owner, ownerLine(), { mode: 0o600 })
  }
  settle()
  return {
    path,
    adopt: () => leftFolders(dir, client).flatMap((name) => takeOver(join(dir, name), name, path)),
    touch() {
      const now = new Date()
      try {
        utimesSync(owner, now, now)
        return true
      } catch {
        settle()
        return false
      }
    },
    sync() {
      const folder = openSync(path, 'r')
      try {
        fsyncSync(folder)
      } finally {
        closeSync(folder)
      }
    },
    leave() {
      if (spoolFiles(path).length === 0) rmSync(path, { recursive: true, force: true })
      else rmSync(owner, { force: true })
    },
  }
}

function leftFolders(dir: string, client: string): string[] {
  return readdirSync(dir).filter((name) => name !== client && isLeft(join(dir, name)))
}

function isLeft(folder: string): boolean {
  try {
    return statSync(folder).isDirectory() && isOwnerGone(join(folder, 'owner'))
  } catch (error) {
    // It was given up, or is adopted by another right now: one that is just being made is empty, and nothing is lost with it.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && hasFiles(folder)
  }
}

function hasFiles(folder: string): boolean {
  try {
    return spoolFiles(folder).length > 0
  } catch {
    return false
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
    .sort((one, other) => statSync(one).mtimeMs - statSync(other).mtimeMs || (one < other ? -1 : 1))
}

function takeOver(folder: string, name: string, path: string): string[] {
  const place = join(path, `from-${name}`)
  try {
    renameSync(folder, place)
  } catch {
    return [] // another client was faster
  }
  const moved = spoolFiles(place).map((file, index) => {
    const target = join(path, `from-${name}-${index}-${basename(file).slice(-nameCharsMax)}`)
    renameSync(file, target)
    return target
  })
  rmSync(place, { recursive: true, force: true })
  return moved
}

/** Of a file's name as it is taken over: names do not grow with each owner. */
const nameCharsMax = 14
