/**
 * The seam between the log and the file system: the few operations that it uses, so that tests can put a disk in its place
 * that loses power, runs full or fails. Every operation is one system call, and fails with the `code` of Node's errors.
 */
import fs from 'node:fs'
import { statfs } from 'node:fs/promises'

export interface Disk {
  /** Makes the folder and those above it, syncing none. */
  makeFolder(path: string): Promise<void>
  /** Names in a folder, in any order; none where there is no such folder. */
  list(path: string): Promise<string[]>
  /** `create` empties a file that exists. @throws ENOENT, EMFILE, ... */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>
  openFolder(path: string): Promise<DiskFolder>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Bytes of the file system that we may still use. */
  freeBytes(path: string): Promise<number>
}

export interface DiskFile {
  size(): Promise<number>
  /** Reads up to `into.length` bytes at `place`: fewer at the end of the file only. */
  read(into: Uint8Array, place: number): Promise<number>
  /** Writes the pieces one behind the other; tells how many bytes, which can be fewer than there are. */
  write(pieces: readonly Uint8Array[], place: number): Promise<number>
  /** Makes durable what was written, and the size. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** A folder that stays open, so that its entries can be synced even where no descriptor is left. */
export interface DiskFolder {
  /** Makes durable which names the folder holds. */
  sync(): Promise<void>
  close(): Promise<void>
}

export function openDisk(): Disk {
  return {
    makeFolder: (path) => settled((done) => fs.mkdir(path, { recursive: true, mode: 0o700 }, (error) => done(error))),
    list: (path) =>
      settled((done) => fs.readdir(path, (error, names) => done(error?.code === 'ENOENT' ? null : error, names ?? []))),
    open: async (path, mode) => fileOf(await settled((done) => fs.open(path, flagsOf[mode], 0o600, done))),
    async openFolder(path) {
      const descriptor = await settled<number>((done) => fs.open(path, 'r', done))
      return {
        sync: () => settled((done) => fs.fsync(descriptor, done)),
        close: () => settled((done) => fs.close(descriptor, done)),
      }
    },
    rename: (from, to) => settled((done) => fs.rename(from, to, done)),
    remove: (path) => settled((done) => fs.unlink(path, done)),
    async freeBytes(path) {
      const { bavail, bsize } = await statfs(path)
      return bavail * bsize
    },
  }
}

const flagsOf = { read: 'r', write: 'r+', create: 'w+' }

function fileOf(descriptor: number): DiskFile {
  return {
    size: () => settled((done) => fs.fstat(descriptor, (error, stats) => done(error, stats?.size))),
    read: (into, place) => settled((done) => fs.read(descriptor, into, 0, into.length, place, done)),
    write: (pieces, place) => settled((done) => fs.writev(descriptor, pieces, place, done)),
    sync: () => settled((done) => fs.fdatasync(descriptor, done)),
    close: () => settled((done) => fs.close(descriptor, done)),
  }
}

/** A call with Node's callback as a promise; cheaper than the objects of `node:fs/promises`, and the hot path makes many. */
function settled<T>(call: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)))
  })
}
