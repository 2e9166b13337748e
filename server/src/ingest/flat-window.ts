/**
 * The last keys that came, with a few numbers each, in flat arrays without an object for each: a ring in the order they came, the
 * oldest leaving first, and a hash table with linear probing into it.
 *
 *   ring    slot s: key words at `#keys[k·s…]`, value words at `#values[v·s…]`, time at `#times[s]`
 *   table   `#table[h]` is a slot + 1, or 0; h starts at the key's first word, which is evenly spread for being a hash
 *
 * Both double from small as they fill. An entry has a number that counts up from 0 and never changes.
 */

export interface FlatWindowSettings {
  readonly keyWords: number
  readonly valueWords: number
  readonly countMax: number
  readonly ageMaxMs: number
}

export class FlatWindow {
  readonly #settings: FlatWindowSettings
  #capacity = 0
  #oldest = 0
  #count = 0
  /** Number of the oldest entry. */
  #first = 0
  #newestAt = Number.NEGATIVE_INFINITY
  #keys = new Uint32Array(0)
  #values = new Uint32Array(0)
  #times = new Float64Array(0)
  #table = new Int32Array(0)

  constructor(settings: FlatWindowSettings) {
    this.#settings = settings
  }

  /** Removed ones count until they are the oldest. */
  get count(): number {
    return this.#count
  }

  /** Number of the entry with this key; -1 where there is none that is young enough. Times are ms of a clock that never goes back. */
  find(key: Uint32Array, now: number): number {
    if (this.#count === 0) return -1
    const slot = this.#table[this.#place(key)]! - 1
    if (slot < 0 || now - this.#times[slot]! > this.#settings.ageMaxMs) return -1
    return this.#first + ((slot - this.#oldest + this.#capacity) % this.#capacity)
  }

  /** A value word of an entry that `find` told. */
  value(entry: number, word: number): number {
    return this.#values[this.#settings.valueWords * this.#slotOf(entry) + word]!
  }

  /** Keeps a key that `find` does not know, and returns its number. `at` is never before the one added last, or counts as if it were not. */
  add(key: Uint32Array, values: ArrayLike<number>, at: number): number {
    const { keyWords, valueWords, countMax, ageMaxMs } = this.#settings
    this.#newestAt = Math.max(this.#newestAt, at)
    while (this.#count > 0 && this.#newestAt - this.#times[this.#oldest]! > ageMaxMs) this.#dropOldest()
    if (this.#count === countMax) this.#dropOldest()
    if (this.#count === this.#capacity) this.#grow()
    const slot = (this.#oldest + this.#count) % this.#capacity
    this.#keys.set(key, keyWords * slot)
    this.#values.set(values, valueWords * slot)
    this.#times[slot] = this.#newestAt
    const place = this.#place(key) // of an entry with this key that is too old, its place is taken over
    this.#table[place] = slot + 1
    return this.#first + this.#count++
  }

  /** Forgets an entry that was added. */
  remove(entry: number): void {
    if (entry < this.#first || entry >= this.#first + this.#count) return
    const slot = this.#slotOf(entry)
    this.#takeOut(slot)
    this.#times[slot] = Number.NEGATIVE_INFINITY
  }

  #slotOf(entry: number): number {
    return (this.#oldest + entry - this.#first) % this.#capacity
  }

  /** Where in the table the key stands, or would. */
  #place(key: Uint32Array): number {
    const mask = this.#table.length - 1
    let place = key[0]! & mask
    for (let slot = this.#table[place]!; slot !== 0 && !this.#isKeyOf(slot - 1, key); slot = this.#table[place]!)
      place = (place + 1) & mask
    return place
  }

  #isKeyOf(slot: number, key: Uint32Array): boolean {
    const { keyWords } = this.#settings
    const at = keyWords * slot
    for (let word = 0; word < keyWords; word++) if (this.#keys[at + word] !== key[word]) return false
    return true
  }

  #dropOldest(): void {
    this.#takeOut(this.#oldest)
    this.#oldest = (this.#oldest + 1) % this.#capacity
    this.#first++
    this.#count--
  }

  /** Takes a slot out of the table, if it stands there, without a hole: what probed past it moves up. */
  #takeOut(slot: number): void {
    const { keyWords } = this.#settings
    const mask = this.#table.length - 1
    let hole = this.#place(this.#keys.subarray(keyWords * slot, keyWords * (slot + 1)))
    if (this.#table[hole] !== slot + 1) return
    for (let place = (hole + 1) & mask; this.#table[place] !== 0; place = (place + 1) & mask) {
      const home = this.#keys[keyWords * (this.#table[place]! - 1)]! & mask
      if (((place - home) & mask) < ((place - hole) & mask)) continue
      this.#table[hole] = this.#table[place]!
      hole = place
    }
    this.#table[hole] = 0
  }

  #grow(): void {
    const { keyWords, valueWords, countMax } = this.#settings
    const slots = Array.from({ length: this.#count }, (_, index) => (this.#oldest + index) % this.#capacity)
    const [keys, values, times, table] = [this.#keys, this.#values, this.#times, this.#table]
    const standing = new Set<number>()
    for (const entry of table) if (entry > 0) standing.add(entry - 1)
    this.#capacity = Math.min(countMax, Math.max(64, 2 * this.#capacity))
    this.#oldest = 0
    this.#keys = new Uint32Array(keyWords * this.#capacity)
    this.#values = new Uint32Array(valueWords * this.#capacity)
    this.#times = new Float64Array(this.#capacity)
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.#capacity)))
    for (const [to, from] of slots.entries()) {
      const key = keys.subarray(keyWords * from, keyWords * (from + 1))
      this.#keys.set(key, keyWords * to)
      this.#values.set(values.subarray(valueWords * from, valueWords * (from + 1)), valueWords * to)
      this.#times[to] = times[from]!
      if (standing.has(from)) this.#table[this.#place(key)] = to + 1
    }
  }
}
