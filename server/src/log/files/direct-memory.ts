/** Memory for groups that are written past the system's cache: those that are on their way, and one that is made ready meanwhile. */
import type { DirectWriting } from './disk.ts'
import { upTo } from './piece-writer.ts'
import { pageBytes } from './record.ts'

export class DirectMemory {
  #direct: DirectWriting | undefined
  readonly #bytesMax: number
  readonly #free: Buffer[] = []
  #left: number

  /** `bytesMax`: of a group; `count`: of groups at the same time. */
  constructor(direct: DirectWriting | undefined, bytesMax: number, count: number) {
    this.#direct = direct
    this.#bytesMax = bytesMax
    this.#left = count
  }

  /** Memory for a group, filled up to its page, until it is {@link give}n back; undefined where it is better written in the ordinary way. */
  take(bytes: number): Buffer | undefined {
    if (this.#direct === undefined || bytes < this.#direct.bytesMin || bytes > this.#bytesMax) return undefined
    const free = this.#free.pop()
    if (free) return free
    if (this.#left === 0) return undefined
    try {
      const memory = this.#direct.allocate(upTo(pageBytes, this.#bytesMax) + pageBytes)
      this.#left--
      return memory
    } catch {
      this.#direct = undefined // no room for it in the address space: then the ordinary way
      return undefined
    }
  }

  give(memory: Buffer | undefined): void {
    if (memory) this.#free.push(memory)
  }
}
