/**
 * The seam between the log and the file system: the few operations that it uses, so that tests can put a disk in its place
 * that loses power, runs full or fails. Every operation is one system call, and fails with the `code` of Node's errors.
 *
 * Large writes can go past the system's cache: that spares the system a copy, and pages of memory for what is read once.
 */
import fs from 'node:fs'
import { statfs } from 'node:fs/promises'
import { type SyncThread, smallBytesMax } from './sync-thread.ts'

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
  /** Undefined where the system has no such thing. */
  readonly direct: DirectWriting | undefined
}

/** Writing past the system's cache. */
export interface DirectWriting {
  /** Fewer bytes are better written through the cache, where they are still found when they are read soon. */
  readonly bytesMin: number
  /** More bytes are better written in such parts at the same time; a page at least. */
  readonly partBytes: number
  /** Memory to write from. @throws RangeError: there is none. */
  allocate(bytes: number): Buffer
}

export interface DiskFile {
  size(): Promise<number>
  /** Reads up to `into.length` bytes at `place`: fewer at the end of the file only. */
  read(into: Uint8Array, place: number): Promise<number>
  /** Writes the pieces one behind the other; tells how many bytes, which can be fewer than there are. */
  write(pieces: readonly Uint8Array[], place: number): Promise<number>
  /**
   * As {@link write} of one piece, past the cache; undefined where this file cannot be written so, and nothing was. The bytes lie in
   * memory of {@link DirectWriting}; their place in it, the place in the file and the length are multiples of 512.
   */
  writeDirect(bytes: Uint8Array, place: number): Promise<number | undefined>
  /**
   * As {@link write} and, if that was everything, {@link sync}, in one turn to another thread; undefined where that cannot be, and nothing
   * was done. @throws Error whose `syscall` is `fdatasync` where it is the sync that failed.
   */
  writeAndSync(pieces: readonly Uint8Array[], place: number): Promise<number | undefined>
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

/** `syncThread` makes files durable when it has nothing else to do. */
export function openDisk(syncThread?: SyncThread): Disk {
  return {
    makeFolder: (path) => settled((done) => fs.mkdir(path, { recursive: true, mode: 0o700 }, (error) => done(error))),
    list: (path) =>
      settled((done) => fs.readdir(path, (error, names) => done(error?.code === 'ENOENT' ? null : error, names ?? []))),
    open: async (path, mode) => fileOf(await settled((done) => fs.open(path, flagsOf[mode], 0o600, done)), syncThread),
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
    direct: directFlag === undefined ? undefined : { ...directSizes, allocate: allocatePages },
  }
}

const directSizes = { bytesMin: 512 * 1024, partBytes: 1024 * 1024 }
const directFlag = process.platform === 'linux' ? fs.constants.O_DIRECT : undefined

/** Memory of WebAssembly begins at a page of the system's, which other memory of V8 does not. */
function allocatePages(bytes: number): Buffer {
  const wasmPageBytes = 65_536
  const memory: { buffer: ArrayBuffer } = Reflect.construct(WebAssembly.Memory, [
    { initial: Math.ceil(bytes / wasmPageBytes) },
  ])
  return Buffer.from(memory.buffer)
}

const flagsOf = { read: 'r', write: 'r+', create: 'w+' }

function fileOf(descriptor: number, syncThread: SyncThread | undefined): DiskFile {
  /** Opened when it is first used; undefined where the file system cannot. */
  let direct: Promise<number | undefined> | undefined
  return {
    size: () => settled((done) => fs.fstat(descriptor, (error, stats) => done(error, stats?.size))),
    read: (into, place) => settled((done) => fs.read(descriptor, into, 0, into.length, place, done)),
    write: (pieces, place) => settled((done) => fs.writev(descriptor, pieces, place, done)),
    async writeDirect(bytes, place) {
      direct ??= openDirect(descriptor)
      const past = await direct
      if (past === undefined) return undefined
      try {
        return await settled<number>((done) => fs.write(past, bytes, 0, bytes.length, place, done))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
        return undefined // a disk with larger sectors than 512 bytes
      }
    },
    async writeAndSync(pieces, place) {
      if (!syncThread?.isFree || bytesOf(pieces) > smallBytesMax) return undefined
      return syncThread.write(descriptor, pieces, place)
    },
    async sync() {
      if (syncThread?.isFree) return syncThread.sync(descriptor)
      return settled((done) => fs.fdatasync(descriptor, done))
    },
    async close() {
      const past = await direct
      if (past !== undefined) await settled((done) => fs.close(past, done))
      await settled((done) => fs.close(descriptor, done))
    },
  }
}

function bytesOf(pieces: readonly Uint8Array[]): number {
  let bytes = 0
  for (const piece of pieces) bytes += piece.length
  return bytes
}

/** The same file, whatever it is called by now, past the cache. */
async function openDirect(descriptor: number): Promise<number | undefined> {
  const flags = fs.constants.O_RDWR | directFlag!
  return settled<number>((done) => fs.open(`/proc/self/fd/${descriptor}`, flags, done)).catch(() => undefined)
}

/** A call with Node's callback as a promise; cheaper than the objects of `node:fs/promises`, and the hot path makes many. */
function settled<T>(call: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)))
  })
}
