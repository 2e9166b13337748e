/**
 * Files that are to become segments: trimmed ones as they are, whose space a sync need not allocate, or else empty ones of full
 * size. One stands open ahead of time, which spares the turn to a new segment both the wait and the descriptor.
 */
import type { Disk, DiskFile } from './disk.ts'
import type { DiskBudget } from './disk-budget.ts'
import { pageBytes } from './record.ts'
import { type Halt, writeFully } from './transfer.ts'

/** Trimmed segments kept to be used again. */
const sparesMax = 2

export interface Spare {
  readonly path: string
  readonly file: DiskFile
  /** Its space is allocated, for it was a segment before. */
  readonly isRecycled: boolean
}

export class Spares {
  readonly #folder: string
  readonly #bytes: number
  readonly #disk: Disk
  readonly #budget: DiskBudget
  readonly #halt: Halt
  /** Paths of those that are not open. */
  readonly #closed: string[] = []
  #ahead: Promise<Spare> | undefined
  /** The one that stands open. */
  #ready: Spare | undefined
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

  /** Bytes of all spares. */
  get bytes(): number {
    return this.#count * this.#bytes
  }

  /** Takes over the trimmed segments that an earlier run left, and removes what else it had ready. */
  async adopt(names: readonly string[]): Promise<void> {
    for (const name of names.filter((name) => /^(spare|empty)-\d+$/.test(name))) {
      const path = `${this.#folder}/${name}`
      this.#number = Math.max(this.#number, Number(name.slice('spare-'.length)) + 1)
      if (name.startsWith('spare') && this.#count < sparesMax && (await this.#sizeOf(path)) === this.#bytes) {
        this.#budget.add(this.#bytes)
        this.recycled(path)
      } else {
        await this.#disk.remove(path)
      }
    }
  }

  /** A path for a trimmed segment to go to, where it is of use; {@link recycled} says when it is there. */
  placeFor(bytes: number): string | undefined {
    return bytes === this.#bytes && this.#count < sparesMax ? this.#newPath('spare') : undefined
  }

  recycled(path: string): void {
    this.#closed.push(path)
    this.#count++
  }

  /** Gets one ready unless one is; where that fails, {@link take} will try again. */
  prepareAhead(): void {
    if (this.#ahead) return
    this.#ahead = this.#prepare()
    this.#ahead.then(
      (spare) => {
        this.#ready = spare
      },
      () => {
        this.#ahead = undefined
      },
    )
  }

  /** The one that stands open, if there is one now. */
  takeReady(): Spare | undefined {
    const spare = this.#ready
    if (spare === undefined) return undefined
    this.#ready = undefined
    this.#ahead = undefined
    this.#count--
    return spare
  }

  /** @throws MillraceError `storage_full`, `log_stopped`; or the error of the disk. */
  async take(): Promise<Spare> {
    this.prepareAhead()
    await this.#ahead
    return this.takeReady()!
  }

  /** A spare that could not be used after all. */
  async giveBack(spare: Spare): Promise<void> {
    this.#count++
    if (this.#ahead === undefined) {
      this.#ready = spare
      this.#ahead = Promise.resolve(spare)
      return
    }
    this.#closed.push(spare.path)
    await spare.file.close().catch(() => {})
  }

  async close(): Promise<void> {
    const spare = await this.#ahead?.catch(() => undefined)
    await spare?.file.close()
  }

  #newPath(kind: 'spare' | 'empty'): string {
    return `${this.#folder}/${kind}-${this.#number++}`
  }

  async #sizeOf(path: string): Promise<number> {
    const file = await this.#disk.open(path, 'read')
    try {
      return await file.size()
    } finally {
      await file.close()
    }
  }

  async #prepare(): Promise<Spare> {
    const path = this.#closed[0]
    if (path === undefined) return this.#create()
    const file = await this.#disk.open(path, 'write')
    this.#closed.shift()
    // failpoint: log.recycle.opened
    return { path, file, isRecycled: true }
  }

  async #create(): Promise<Spare> {
    await this.#budget.take(this.#bytes)
    const path = this.#newPath('empty')
    let file: DiskFile | undefined
    try {
      file = await this.#disk.open(path, 'create')
      // failpoint: log.prepare.created
      await writeFully(file, [Buffer.alloc(pageBytes)], this.#bytes - pageBytes)
      // failpoint: log.prepare.sized
      await this.#halt.synced(file)
      // failpoint: log.prepare.synced
      this.#count++
      return { path, file, isRecycled: false }
    } catch (error) {
      this.#budget.give(this.#bytes)
      await file?.close().catch(() => {})
      // What stays of it is in nobody's way: its number is not used again, and the next start removes it.
      if (file) await this.#disk.remove(path).catch(() => {})
      throw this.#halt.failure(error)
    }
  }
}
