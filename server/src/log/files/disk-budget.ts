/** How many bytes the log may have on disk, and whether the file system still has them. Full is said before anything is written. */
import type { Disk } from './disk.ts'
import { storageFull } from './transfer.ts'

/** The file system is asked at most this often while it says no. */
const askAgainMs = 1000
/** Above this part of the budget, records that nobody needs any more go although the retention rule would keep them. */
const pressureShare = 0.75

export class DiskBudget {
  readonly #bytesMax: number
  readonly #reserveBytes: number
  readonly #disk: Disk
  readonly #folder: string
  readonly #clock: () => number
  #used = 0
  #refusedAt = Number.NEGATIVE_INFINITY

  /** `reserveBytes` of the file system stay free for everybody else. */
  constructor(bytesMax: number, reserveBytes: number, disk: Disk, folder: string, clock: () => number) {
    this.#bytesMax = bytesMax
    this.#reserveBytes = reserveBytes
    this.#disk = disk
    this.#folder = folder
    this.#clock = clock
  }

  /** Counts bytes that are on disk in any case. */
  add(bytes: number): void {
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }

  /** @throws MillraceError `storage_full`: nothing was taken. */
  async take(bytes: number): Promise<void> {
    if (this.#used + bytes > this.#bytesMax)
      throw storageFull(`The log holds ${this.#used} of the ${this.#bytesMax} bytes it may have`)
    this.#used += bytes
    try {
      await this.#askFileSystem(bytes)
    } catch (error) {
      this.#used -= bytes
      throw error
    }
  }

  /** Bytes by which the log is over the mark where it forgets history to stay open. */
  pressure(): number {
    return this.#used - this.#bytesMax * pressureShare
  }

  async #askFileSystem(bytes: number): Promise<void> {
    const sinceMs = this.#clock() - this.#refusedAt
    if (sinceMs < 0 || sinceMs >= askAgainMs) {
      const free = await this.#disk.freeBytes(this.#folder)
      if (free >= bytes + this.#reserveBytes) return
      this.#refusedAt = this.#clock()
    }
    throw storageFull('The file system of the log has hardly any space left')
  }
}
