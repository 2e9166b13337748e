/**
 * Files that are to become segments: written through with zeros, or trimmed segments as they are, so that a later sync has no
 * metadata to write. One stands open ahead of time, which spares the turn to a new segment both the wait and the descriptor.
 */
import type { Disk, DiskFile } from './disk.ts'
import type { DiskBudget } from './disk-budget.ts'
import type { Halt } from './transfer.ts'
import { writeFully } from './transfer.ts'

/** Trimmed segments kept to be used again. */
const sparesMax = 2
/** Zeros are written in steps of this size, each of them synced so that appends beside it do not wait long. */
const zeros = Buffer.alloc(1024 * 1024)
const syncEveryBytes = 8 * 1024 * 1024

export interface Spare {
  readonly path: string
  readonly file: DiskFile
}

export class Spares {
  readonly #folder: string
  readonly #bytes: number
  readonly #disk: Disk
  readonly #budget: DiskBudget
  readonly #halt: Halt
  /** Paths of files of full size that are not open. */
  readonly #closed: string[] = []
  #ahead: Promise<Spare> | undefined
  #count = 0
  #number = 0

  /** `bytes`: the size of a segment. */
  constructor(folder: string, bytes: number, disk: Disk, budget: DiskBudget, halt: Halt) {
    this.#folder = folder
    this.#bytes = bytes
    this.#disk = disk
    this.#budget = budget
    this.#halt = halt
  }

  /** Bytes of all spares, those in the making included. */
  get bytes(): number {
    return this.#count * this.#bytes
  }

  /** Takes over what an earlier run left, as far as it is whole. */
  async adopt(names: readonly string[]): Promise<void> {
    for (const name of names.filter((name) => /^spare-\d+$/.test(name))) {
      const path = `${this.#folder}/${name}`
      this.#number = Math.max(this.#number, Number(name.slice('spare-'.length)) + 1)
      const file = await this.#disk.open(path, 'read')
      const bytes = await file.size()
      await file.close()
      if (bytes === this.#bytes && this.#count < sparesMax) {
        this.#budget.add(this.#bytes)
        this.#keep(path)
      } else {
        await this.#disk.remove(path)
      }
    }
  }

  /** A path for a trimmed segment to go to, where it is of use; {@link recycled} says when it is there. */
  placeFor(bytes: number): string | undefined {
    return bytes === this.#bytes && this.#count < sparesMax ? this.#newPath() : undefined
  }

  recycled(path: string): void {
    this.#keep(path)
  }

  /** Gets one ready unless one is; where that fails, {@link take} will try again. */
  prepareAhead(): void {
    if (this.#ahead) return
    this.#ahead = this.#prepare()
    this.#ahead.catch(() => {
      this.#ahead = undefined
    })
  }

  /** @throws MillraceError `storage_full`, `log_stopped`; or the error of the disk. */
  async take(): Promise<Spare> {
    this.prepareAhead()
    const spare = await this.#ahead!
    this.#ahead = undefined
    this.#count--
    return spare
  }

  /** A spare that could not be used after all. */
  giveBack(spare: Spare): void {
    this.#count++
    this.#ahead = Promise.resolve(spare)
  }

  async close(): Promise<void> {
    const spare = await this.#ahead?.catch(() => undefined)
    await spare?.file.close()
  }

  #keep(path: string): void {
    this.#closed.push(path)
    this.#count++
  }

  #newPath(): string {
    return `${this.#folder}/spare-${this.#number++}`
  }

  async #prepare(): Promise<Spare> {
    const path = this.#closed[0]
    if (path === undefined) return this.#create()
    const file = await this.#disk.open(path, 'write')
    this.#closed.shift()
    // failpoint: log.recycle.opened
    return { path, file }
  }

  async #create(): Promise<Spare> {
    await this.#budget.take(this.#bytes)
    const path = this.#newPath()
    let file: DiskFile | undefined
    try {
      file = await this.#disk.open(path, 'create')
      // failpoint: log.prepare.created
      await this.#fill(file)
      // failpoint: log.prepare.filled
      this.#count++
      return { path, file }
    } catch (error) {
      this.#budget.give(this.#bytes)
      await file?.close().catch(() => {})
      // What stays of it is in nobody's way: its number is not used again, and the next start removes it.
      if (file) await this.#disk.remove(path).catch(() => {})
      throw this.#halt.failure(error)
    }
  }

  async #fill(file: DiskFile): Promise<void> {
    for (let place = 0; place < this.#bytes; place += zeros.length) {
      await writeFully(file, [zeros.subarray(0, this.#bytes - place)], place)
      if ((place + zeros.length) % syncEveryBytes === 0) await this.#halt.synced(file)
    }
    await this.#halt.synced(file)
  }
}
