/**
 * A disk in memory that loses power as real ones do, for tests. What is not synced is kept, dropped, torn or zeroed: file
 * contents by pages of 4 KiB, torn between sectors of 512 bytes; names one by one. A sector is written whole or not at all.
 * Everything it decides comes from `random`, so the same seed does the same again.
 */
import assert from 'node:assert'
import type { Disk, DiskFile } from './disk.ts'
import { pageBytes, sectorBytes } from './record.ts'

export type Operation =
  | 'makeFolder'
  | 'list'
  | 'open'
  | 'openFolder'
  | 'rename'
  | 'remove'
  | 'freeBytes'
  | 'size'
  | 'read'
  | 'write'
  | 'sync'
  | 'syncFolder'

/** What becomes of an operation: the power goes before it, it fails with a code, or it writes short. */
export type Fault = 'power' | 'short' | 'EIO' | 'ENOSPC' | 'EMFILE'

export interface SimDiskOptions {
  /** A number from 0 to 1, as `Math.random` makes them. */
  readonly random: () => number
  /** Asked before every operation, which are counted from 1. */
  readonly fault?: (operation: Operation, count: number) => Fault | undefined
  /** What `freeBytes` tells. */
  readonly freeBytes?: () => number
  /** Whether the file system writes past the cache; it does unless that is denied. */
  readonly canWriteDirect?: boolean
  /** Whether writes and syncs that are under way at the same time are done in an order that chance decides. */
  readonly isUneven?: boolean
}

interface SimFile {
  content: Buffer
  durable: Buffer
  /** Sectors written since the last sync. */
  readonly dirty: Set<number>
}

type Entry = SimFile | 'folder'

export class SimDisk implements Disk {
  readonly #random: () => number
  readonly #fault: (operation: Operation, count: number) => Fault | undefined
  readonly #freeBytes: () => number
  readonly #canWriteDirect: boolean
  readonly #isUneven: boolean
  readonly #entries: Map<string, Entry>
  readonly #durableEntries: Map<string, Entry>
  /** Changes of names since their folder was synced: what the path held afterwards. */
  #pending: { readonly folder: string; readonly changes: readonly [string, Entry | undefined][] }[] = []
  #isOff = false
  /** Operations so far. */
  count = 0
  /** Files and folders that are open. */
  openCount = 0
  readonly counts: Partial<Record<Operation, number>> = {}

  constructor(
    {
      random,
      fault = () => undefined,
      freeBytes = () => Number.MAX_SAFE_INTEGER,
      canWriteDirect = true,
      isUneven = false,
    }: SimDiskOptions,
    entries = new Map<string, Entry>(),
  ) {
    this.#random = random
    this.#fault = fault
    this.#freeBytes = freeBytes
    this.#canWriteDirect = canWriteDirect
    this.#isUneven = isUneven
    this.#entries = entries
    this.#durableEntries = new Map(entries)
  }

  get isOff(): boolean {
    return this.#isOff
  }

  /** Cuts the power: this disk does nothing any more, the one that is answered holds what was left. */
  powerCycle(options: SimDiskOptions): SimDisk {
    this.#isOff = true
    for (const { changes } of this.#pending) if (this.#random() < 0.5) apply(this.#durableEntries, changes)
    const files = new Map<SimFile, SimFile>()
    const left = new Map<string, Entry>()
    for (const [path, entry] of [...this.#durableEntries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!isReachable(path, left)) continue
      if (entry !== 'folder' && !files.has(entry)) files.set(entry, this.#survivor(entry))
      left.set(path, entry === 'folder' ? entry : files.get(entry)!)
    }
    return new SimDisk(options, left)
  }

  /** The process died and the system lives on: nothing is lost, but nobody syncs any more what was not. */
  restart(options: SimDiskOptions): SimDisk {
    this.#isOff = true
    const next = new SimDisk(options, this.#entries)
    next.#durableEntries.clear()
    for (const [path, entry] of this.#durableEntries) next.#durableEntries.set(path, entry)
    next.#pending = this.#pending
    return next
  }

  /** Another disk that holds the same, durably. */
  copy(options: SimDiskOptions): SimDisk {
    const copyOf = ({ content }: SimFile) => ({
      content: Buffer.from(content),
      durable: Buffer.from(content),
      dirty: new Set<number>(),
    })
    const entries = [...this.#entries].map(
      ([path, entry]) => [path, entry === 'folder' ? entry : copyOf(entry)] as const,
    )
    return new SimDisk(options, new Map(entries))
  }

  /** Paths of all files. */
  paths(): string[] {
    return [...this.#entries].filter(([, entry]) => entry !== 'folder').map(([path]) => path)
  }

  /** Contents of a file, to damage it. */
  contentOf(path: string): Buffer {
    return this.#fileAt(path).content
  }

  /** Replaces what a file holds, durably: damage at rest. */
  damage(path: string, content: Buffer): void {
    const file = this.#fileAt(path)
    file.content = Buffer.from(content)
    file.durable = Buffer.from(content)
    file.dirty.clear()
  }

  async makeFolder(path: string): Promise<void> {
    this.#begin('makeFolder')
    const parts = path.split('/')
    for (let length = 1; length <= parts.length; length++) {
      const folder = parts.slice(0, length).join('/')
      if (folder !== '' && !this.#entries.has(folder)) this.#change(folder, [[folder, 'folder']])
    }
  }

  async list(path: string): Promise<string[]> {
    this.#begin('list')
    const prefix = `${path}/`
    const names = [...this.#entries.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
    return names.filter((name) => !name.includes('/'))
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    this.#begin('open')
    let entry = this.#entries.get(path)
    if (mode === 'create' && entry === undefined) {
      if (!this.#entries.has(folderOf(path))) throw failure('ENOENT')
      entry = { content: Buffer.alloc(0), durable: Buffer.alloc(0), dirty: new Set() }
      this.#change(path, [[path, entry]])
    }
    if (entry === undefined || entry === 'folder') throw failure('ENOENT')
    if (mode === 'create') entry.content = Buffer.alloc(0)
    this.openCount++
    return this.#handle(entry)
  }

  async openFolder(path: string) {
    this.#begin('openFolder')
    const folder = path === '/' ? '' : path
    if (folder !== '' && this.#entries.get(folder) !== 'folder') throw failure('ENOENT')
    this.openCount++
    return {
      sync: async () => {
        this.#begin('syncFolder')
        for (const pending of this.#pending) if (pending.folder === folder) apply(this.#durableEntries, pending.changes)
        this.#pending = this.#pending.filter((pending) => pending.folder !== folder)
      },
      close: () => this.#close(),
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.#begin('rename')
    const entry = this.#entries.get(from)
    if (entry === undefined) throw failure('ENOENT')
    this.#change(from, [
      [from, undefined],
      [to, entry],
    ])
  }

  async remove(path: string): Promise<void> {
    this.#begin('remove')
    if (!this.#entries.has(path)) throw failure('ENOENT')
    this.#change(path, [[path, undefined]])
  }

  /** So little that the histories of tests write both ways. */
  readonly direct = { bytesMin: 2048, partBytes: pageBytes, allocate: (bytes: number) => Buffer.alloc(bytes) }

  async freeBytes(): Promise<number> {
    this.#begin('freeBytes')
    return this.#freeBytes()
  }

  #handle(file: SimFile): DiskFile {
    const handle: DiskFile = {
      size: async () => {
        this.#begin('size')
        return file.content.length
      },
      read: async (into, place) => {
        this.#begin('read')
        return file.content.subarray(place, place + into.length).copy(into)
      },
      write: async (pieces, place) => {
        if (this.#isUneven) await this.#turn()
        const fault = this.#begin('write')
        const bytes =
          pieces.length === 1
            ? Buffer.from(pieces[0]!.buffer, pieces[0]!.byteOffset, pieces[0]!.length)
            : Buffer.concat(pieces)
        return write(
          file,
          fault === 'short' ? bytes.subarray(0, Math.floor(this.#random() * bytes.length)) : bytes,
          place,
        )
      },
      writeDirect: async (bytes, place) => {
        assert(place % sectorBytes === 0 && bytes.length % sectorBytes === 0, 'a direct write is not aligned')
        if (!this.#canWriteDirect) return undefined
        return handle.write([bytes], place)
      },
      writeAndSync: async (pieces, place) => {
        if (this.#isUneven && this.#random() < 0.5) return undefined
        const written = await handle.write(pieces, place)
        if (written < pieces.reduce((sum, piece) => sum + piece.length, 0)) return written
        await handle.sync().catch((error) => {
          throw Object.assign(error, { syscall: 'fdatasync' })
        })
        return written
      },
      sync: async () => {
        if (this.#isUneven) await this.#turn()
        try {
          this.#begin('sync')
        } catch (error) {
          if (!this.#isOff) file.dirty.clear() // as Linux does: the pages count as clean now, and will never be written
          throw error
        }
        if (file.content.length !== file.durable.length) file.durable = resized(file.durable, file.content.length)
        for (const sector of file.dirty) copySector(file.content, file.durable, sector)
        file.dirty.clear()
      },
      close: () => this.#close(),
    }
    return handle
  }

  /** Waits for its turn among the operations that are under way. */
  async #turn(): Promise<void> {
    for (let turns = Math.floor(this.#random() * 12); turns > 0; turns--) await undefined
  }

  async #close(): Promise<void> {
    this.openCount--
  }

  /** @throws the error of a disk without power, or the fault that is due. */
  #begin(operation: Operation): 'short' | undefined {
    if (this.#isOff) throw failure('EIO')
    this.counts[operation] = (this.counts[operation] ?? 0) + 1
    const fault = this.#fault(operation, ++this.count)
    if (fault === 'power') {
      this.#isOff = true
      throw failure('EIO')
    }
    if (fault === 'short') return operation === 'write' ? fault : undefined
    if (fault !== undefined) throw failure(fault)
    return undefined
  }

  #change(path: string, changes: [string, Entry | undefined][]): void {
    apply(this.#entries, changes)
    this.#pending.push({ folder: folderOf(path), changes })
  }

  #fileAt(path: string): SimFile {
    const entry = this.#entries.get(path)
    if (entry === undefined || entry === 'folder') throw failure('ENOENT')
    return entry
  }

  /** What is left of a file: its size old or new, and of each page that was written what chance leaves. */
  #survivor({ content, durable, dirty }: SimFile): SimFile {
    const size = this.#random() < 0.5 ? content.length : durable.length
    const left = resized(durable, size)
    const sectorsOf = new Map<number, number[]>()
    for (const sector of dirty) {
      const page = Math.floor((sector * sectorBytes) / pageBytes)
      sectorsOf.set(page, [...(sectorsOf.get(page) ?? []), sector])
    }
    for (const sectors of sectorsOf.values()) {
      const chance = this.#random()
      for (const sector of sectors) {
        const place = sector * sectorBytes
        if (place >= size) continue
        if (chance < 0.4 || (chance < 0.7 && this.#random() < 0.5)) copySector(content, left, sector)
        else if (chance >= 0.9) left.fill(0, place, Math.min(size, place + sectorBytes))
      }
    }
    return { content: left, durable: Buffer.from(left), dirty: new Set() }
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function write(file: SimFile, bytes: Buffer, place: number): number {
  const end = place + bytes.length
  if (end > file.content.length) file.content = resized(file.content, end)
  bytes.copy(file.content, place)
  for (let sector = Math.floor(place / sectorBytes); sector * sectorBytes < end; sector++) file.dirty.add(sector)
  return bytes.length
}

function copySector(from: Buffer, to: Buffer, sector: number): void {
  from.copy(to, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes)
}

function resized(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.alloc(size)
  bytes.copy(copy)
  return copy
}

function apply(entries: Map<string, Entry>, changes: readonly [string, Entry | undefined][]): void {
  for (const [path, entry] of changes) {
    if (entry === undefined) entries.delete(path)
    else entries.set(path, entry)
  }
}

function isReachable(path: string, left: ReadonlyMap<string, Entry>): boolean {
  const folder = folderOf(path)
  return folder === '' || left.get(folder) === 'folder'
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}
