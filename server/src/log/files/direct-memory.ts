/** Memory for groups that are written past the system's cache: one that is on its way, and one that is made ready meanwhile. */
import type { DirectWriting } from './disk.ts'
import { upTo } from './piece-writer.ts'
import { pageBytes } from './record.ts'

export class DirectMemory {
  #direct: DirectWriting | undefined
  readonly #bytesMax: number
  readonly #memories: Buffer[] = []
  #turn = 0

  /** `bytesMax`: of a group. */
  constructor(direct: DirectWriting | undefined, bytesMax: number) {
    this.#direct = direct
    this.#bytesMax = bytesMax
  }

  /**
   * Memory for a group, filled up to its page; undefined where it is better written in the ordinary way. It is given out again two
   * calls later.
   */
  take(bytes: number): Buffer | undefined {
    if (this.#direct === undefined || bytes < this.#direct.bytesMin || bytes > this.#bytesMax) return undefined
    this.#turn = 1 - this.#turn
    try {
      this.#memories[this.#turn] ??= this.#direct.allocate(upTo(pageBytes, this.#bytesMax) + pageBytes)
      return this.#memories[this.#turn]
    } catch {
      this.#direct = undefined // no room for it in the address space: then the ordinary way
      return undefined
    }
  }
}
