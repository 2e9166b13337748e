/**
 * What became of the last keyed requests of one input, in flat arrays without an object for each: a ring in the order they came,
 * the oldest leaving first, and a hash table with linear probing into it.
 *
 *   ring    slot s: key words at `#keys[4s..4s+3]`, counts at `#counts[2s..2s+1]`, time at `#times[s]`
 *   table   `#table[h]` is a slot + 1, or 0; h starts at the key's first word, which is evenly spread for being a hash
 *
 * 32 bytes a request in the ring and 8 to 16 in the table; both double from small as they fill.
 */

/** 16 bytes of a hash. */
export type KeyWords = Uint32Array

export interface StoredCounts {
  readonly accepted: number
  readonly restreamed: number
}

export class OutcomeWindow {
  readonly #countMax: number
  readonly #ageMaxMs: number
  #capacity = 0
  #oldest = 0
  #count = 0
  #newestAt = Number.NEGATIVE_INFINITY
  #keys = new Uint32Array(0)
  #counts = new Uint32Array(0)
  #times = new Float64Array(0)
  #table = new Int32Array(0)

  constructor({ countMax, ageMaxMs }: { countMax: number; ageMaxMs: number }) {
    this.#countMax = countMax
    this.#ageMaxMs = ageMaxMs
  }

  get count(): number {
    return this.#count
  }

  /** Times are ms of a clock that never goes back. */
  find(key: KeyWords, now: number): StoredCounts | undefined {
    if (this.#count === 0) return undefined
    const slot = this.#table[this.#place(key)]! - 1
    if (slot < 0 || now - this.#times[slot]! > this.#ageMaxMs) return undefined
    return { accepted: this.#counts[2 * slot]!, restreamed: this.#counts[2 * slot + 1]! }
  }

  /** Keeps an outcome of a key that `find` does not know. `at` is never before the one added last, or counts as if it were not. */
  add(key: KeyWords, { accepted, restreamed }: StoredCounts, at: number): void {
    this.#newestAt = Math.max(this.#newestAt, at)
    while (this.#count > 0 && this.#newestAt - this.#times[this.#oldest]! > this.#ageMaxMs) this.#dropOldest()
    if (this.#count === this.#countMax) this.#dropOldest()
    if (this.#count === this.#capacity) this.#grow()
    const slot = (this.#oldest + this.#count++) % this.#capacity
    this.#keys.set(key, 4 * slot)
    this.#counts[2 * slot] = accepted
    this.#counts[2 * slot + 1] = restreamed
    this.#times[slot] = this.#newestAt
    this.#table[this.#place(key)] = slot + 1
  }

  /** Where in the table the key stands, or would. */
  #place(key: KeyWords): number {
    const mask = this.#table.length - 1
    let place = key[0]! & mask
    for (let slot = this.#table[place]!; slot !== 0 && !this.#isKeyOf(slot - 1, key); slot = this.#table[place]!)
      place = (place + 1) & mask
    return place
  }

  #isKeyOf(slot: number, key: KeyWords): boolean {
    const keys = this.#keys
    const at = 4 * slot
    return keys[at] === key[0] && keys[at + 1] === key[1] && keys[at + 2] === key[2] && keys[at + 3] === key[3]
  }

  /** Takes the oldest out of the ring, and out of the table without a hole: what probed past it moves up. */
  #dropOldest(): void {
    const mask = this.#table.length - 1
    let hole = this.#place(this.#keys.subarray(4 * this.#oldest, 4 * this.#oldest + 4))
    this.#oldest = (this.#oldest + 1) % this.#capacity
    this.#count--
    for (let place = (hole + 1) & mask; this.#table[place] !== 0; place = (place + 1) & mask) {
      const home = this.#keys[4 * (this.#table[place]! - 1)]! & mask
      if (((place - home) & mask) < ((place - hole) & mask)) continue
      this.#table[hole] = this.#table[place]!
      hole = place
    }
    this.#table[hole] = 0
  }

  #grow(): void {
    const slots = Array.from({ length: this.#count }, (_, index) => (this.#oldest + index) % this.#capacity)
    const [keys, counts, times] = [this.#keys, this.#counts, this.#times]
    this.#capacity = Math.min(this.#countMax, Math.max(64, 2 * this.#capacity))
    this.#oldest = 0
    this.#keys = new Uint32Array(4 * this.#capacity)
    this.#counts = new Uint32Array(2 * this.#capacity)
    this.#times = new Float64Array(this.#capacity)
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.#capacity)))
    for (const [to, from] of slots.entries()) {
      const key = keys.subarray(4 * from, 4 * from + 4)
      this.#keys.set(key, 4 * to)
      this.#counts.set(counts.subarray(2 * from, 2 * from + 2), 2 * to)
      this.#times[to] = times[from]!
      this.#table[this.#place(key)] = to + 1
    }
  }
}
