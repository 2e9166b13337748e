/**
 * A disk in memory that loses power as real ones do, for tests. What is not synced is kept, dropped, torn or zeroed: file
 * contents by pages of 4 KiB, torn between sectors of 512 bytes; names one by one. A sector is written whole or not at all.
 * Everything it decides comes from `random`, so the same seed does the same again.
 */
import assert from 'node:assert'
import type { Disk, DiskFile } from './disk.ts'
import { pageBytes, sectorBytes } from './record.ts'
import { failure, type Operation, type SimDiskOptions, SimFaults } from './sim-disk-faults.ts'
import { SimFile } from './sim-disk-file.ts'
import { type Entry, folderOf, SimNames } from './sim-disk-names.ts'

export class SimDisk implements Disk {
  readonly #options: SimDiskOptions
  readonly #names: SimNames
  readonly #faults: SimFaults
  /** Files and folders that are open. */
  openCount = 0

  constructor(options: SimDiskOptions, names = new SimNames()) {
    this.#options = options
    this.#names = names
    this.#faults = new SimFaults(options)
  }

  get isOff(): boolean {
    return this.#faults.isOff
  }

  /** Operations so far. */
  get count(): number {
    return this.#faults.count
  }

  get counts(): Readonly<Partial<Record<Operation, number>>> {
    return this.#faults.counts
  }

  /** Cuts the power: this disk does nothing any more, the one that is answered holds what was left. */
  powerCycle(options: SimDiskOptions): SimDisk {
    this.#faults.cutPower()
    return new SimDisk(options, new SimNames(this.#names.survivors(this.#options.random)))
  }

  /** The process died and the system lives on: nothing is lost, but nobody syncs any more what was not. */
  restart(options: SimDiskOptions): SimDisk {
    this.#faults.cutPower()
    return new SimDisk(options, this.#names)
  }

  /** Another disk that holds the same, durably. */
  copy(options: SimDiskOptions): SimDisk {
    const copies = [...this.#names.entries()].map(([path, entry]): [string, Entry] => [
      path,
      entry === 'folder' ? entry : new SimFile(entry.content),
    ])
    return new SimDisk(options, new SimNames(new Map(copies)))
  }

  /** Paths of all files. */
  paths(): string[] {
    return [...this.#names.entries()].filter(([, entry]) => entry !== 'folder').map(([path]) => path)
  }

  /** Contents of a file, to damage it. */
  contentOf(path: string): Buffer {
    return this.#fileAt(path).content
  }

  /** Replaces what a file holds, durably: damage at rest. */
  damage(path: string, content: Buffer): void {
    this.#fileAt(path).replace(content)
  }

  async makeFolder(path: string): Promise<void> {
    this.#faults.begin('makeFolder')
    const parts = path.split('/')
    for (let length = 1; length <= parts.length; length++) {
      const folder = parts.slice(0, length).join('/')
      if (folder !== '' && !this.#names.get(folder)) this.#names.change(folder, [[folder, 'folder']])
    }
  }

  async list(path: string): Promise<string[]> {
    this.#faults.begin('list')
    const prefix = `${path}/`
    const names = [...this.#names.entries()].map(([name]) => name).filter((name) => name.startsWith(prefix))
    return names.map((name) => name.slice(prefix.length)).filter((name) => !name.includes('/'))
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    this.#faults.begin('open')
    let entry = this.#names.get(path)
    if (mode === 'create' && entry === undefined) {
      if (!this.#names.get(folderOf(path))) throw failure('ENOENT')
      entry = new SimFile()
      this.#names.change(path, [[path, entry]])
    }
    if (entry === undefined || entry === 'folder') throw failure('ENOENT')
    if (mode === 'create') entry.content = Buffer.alloc(0)
    this.openCount++
    return this.#handle(entry)
  }

  async openFolder(path: string) {
    this.#faults.begin('openFolder')
    const folder = path === '/' ? '' : path
    if (folder !== '' && this.#names.get(folder) !== 'folder') throw failure('ENOENT')
    this.openCount++
    return {
      sync: async () => {
        this.#faults.begin('syncFolder')
        this.#names.sync(folder)
      },
      close: () => this.#close(),
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.#faults.begin('rename')
    const entry = this.#names.get(from)
    if (entry === undefined) throw failure('ENOENT')
    this.#names.change(from, [
      [from, undefined],
      [to, entry],
    ])
  }

  async remove(path: string): Promise<void> {
    this.#faults.begin('remove')
    if (!this.#names.get(path)) throw failure('ENOENT')
    this.#names.change(path, [[path, undefined]])
  }

  /** So little that the histories of tests write both ways. */
  readonly direct = { bytesMin: 2048, partBytes: pageBytes, allocate: (bytes: number) => Buffer.alloc(bytes) }

  async freeBytes(): Promise<number> {
    this.#faults.begin('freeBytes')
    return this.#options.freeBytes?.() ?? Number.MAX_SAFE_INTEGER
  }

  #handle(file: SimFile): DiskFile {
    const handle: DiskFile = {
      size: async () => {
        this.#faults.begin('size')
        return file.content.length
      },
      read: async (into, place) => {
        this.#faults.begin('read')
        return file.content.subarray(place, place + into.length).copy(into)
      },
      write: async (pieces, place) => {
        await this.#faults.turn()
        const fault = this.#faults.begin('write')
        const bytes =
          pieces.length === 1
            ? Buffer.from(pieces[0]!.buffer, pieces[0]!.byteOffset, pieces[0]!.length)
            : Buffer.concat(pieces)
        return file.write(
          fault === 'short' ? bytes.subarray(0, Math.floor(this.#options.random() * bytes.length)) : bytes,
          place,
        )
      },
      writeDirect: async (bytes, place) => {
        assert(place % sectorBytes === 0 && bytes.length % sectorBytes === 0, 'a direct write is not aligned')
        if (this.#options.canWriteDirect === false) return undefined
        return handle.write([bytes], place)
      },
      writeAndSync: async (pieces, place) => {
        if (this.#options.isUneven && this.#options.random() < 0.5) return undefined
        const written = await handle.write(pieces, place)
        if (written < pieces.reduce((sum, piece) => sum + piece.length, 0)) return written
        await handle.sync().catch((error) => {
          throw Object.assign(error, { syscall: 'fdatasync' })
        })
        return written
      },
      sync: async () => {
        await this.#faults.turn()
        try {
          this.#faults.begin('sync')
        } catch (error) {
          if (!this.#faults.isOff) file.failSync()
          throw error
        }
        file.sync()
      },
      close: () => this.#close(),
    }
    return handle
  }

  async #close(): Promise<void> {
    this.openCount--
  }

  #fileAt(path: string): SimFile {
    const entry = this.#names.get(path)
    if (entry === undefined || entry === 'folder') throw failure('ENOENT')
    return entry
  }
}
