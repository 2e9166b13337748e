/** When the operations of a simulated disk fail, and in which order those are done that are under way at the same time. */

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

export class SimFaults {
  readonly #random: () => number
  readonly #fault: (operation: Operation, count: number) => Fault | undefined
  readonly #isUneven: boolean
  #isOff = false
  /** Operations so far. */
  count = 0
  readonly counts: Partial<Record<Operation, number>> = {}

  constructor({ random, fault = () => undefined, isUneven = false }: SimDiskOptions) {
    this.#random = random
    this.#fault = fault
    this.#isUneven = isUneven
  }

  get isOff(): boolean {
    return this.#isOff
  }

  /** Nothing is done any more. */
  cutPower(): void {
    this.#isOff = true
  }

  /** @throws the error of a disk without power, or the fault that is due. */
  begin(operation: Operation): 'short' | undefined {
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

  /** Waits for its turn among the operations that are under way. */
  async turn(): Promise<void> {
    if (!this.#isUneven) return
    for (let turns = Math.floor(this.#random() * 12); turns > 0; turns--) await undefined
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

export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}
