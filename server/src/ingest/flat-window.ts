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

  /**
   * Number of the entry whose key stands in `words` from `at` on; -1 where there is none that is young enough. Times are ms of a clock
   * that never goes back.
   */
  find(words: Uint32Array, at: number, now: number): number {
    if (this.#count === 0) return -1
    const slot = this.#table[this.#place(words, at)]! - 1
    if (slot < 0 || now - this.#times[slot]! > this.#settings.ageMaxMs) return -1
    return this.#first + ((slot - this.#oldest + this.#capacity) % this.#capacity)
  }

  /** A value word of an entry that `find` told. */
  value(entry: number, word: number): number {
    return this.#values[this.#settings.valueWords * this.#slotOf(entry) + word]!
  }

  /**
   * Keeps a key that `find` does not know, and the values behind it, and returns its number. `time` is never before the one added last,
   * or counts as if it were not.
   */
  add(words: Uint32Array, at: number, time: number): number {
    const { keyWords, valueWords, countMax, ageMaxMs } = this.#settings
    if (time > this.#newestAt) this.#newestAt = time
    while (this.#count > 0 && this.#newestAt - this.#times[this.#oldest]! > ageMaxMs) this.#dropOldest()
    if (this.#count === countMax) this.#dropOldest()
    if (this.#count === this.#capacity) this.#grow()
    const slot = (this.#oldest + this.#count) % this.#capacity
    for (let word = 0; word < keyWords; word++) this.#keys[keyWords * slot + word] = words[at + word]!
    for (let word = 0; word < valueWords; word++) this.#values[valueWords * slot + word] = words[at + keyWords + word]!
    this.#times[slot] = this.#newestAt
    const place = this.#place(words, at)
    const older = this.#table[place]! - 1
    if (older >= 0) this.#times[older] = notStanding // one with this key that is too old: its place is taken over
    this.#table[place] = slot + 1
    return this.#first + this.#count++
  }

  /** Forgets an entry that was added. The newest ones give their room back, so that what is refused pushes nothing out. */
  remove(entry: number): void {
    if (entry < this.#first || entry >= this.#first + this.#count) return
    this.#takeOut(this.#slotOf(entry))
    while (this.#count > 0 && this.#times[this.#slotOf(this.#first + this.#count - 1)] === notStanding) this.#count--
  }

  #slotOf(entry: number): number {
    return (this.#oldest + entry - this.#first) % this.#capacity
  }

  /** Where in the table the key stands, or would. */
  #place(words: Uint32Array, at: number): number {
    const table = this.#table
    const mask = table.length - 1
    let place = words[at]! & mask
    for (let slot = table[place]!; slot !== 0 && !this.#isKeyOf(slot - 1, words, at); slot = table[place]!)
      place = (place + 1) & mask
    return place
  }

  #isKeyOf(slot: number, words: Uint32Array, at: number): boolean {
    const { keyWords } = this.#settings
    const own = keyWords * slot
    for (let word = 0; word < keyWords; word++) if (this.#keys[own + word] !== words[at + word]) return false
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
    let hole = this.#place(this.#keys, keyWords * slot)
    if (this.#table[hole] !== slot + 1) return
    this.#times[slot] = notStanding
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
    const [capacity, oldest] = [this.#capacity, this.#oldest]
    /** The ring unrolled, so that the oldest stands first. */
    const unrolled = <A extends Uint32Array | Float64Array>(ring: A, larger: A, width: number): A => {
      larger.set(ring.subarray(width * oldest, width * Math.min(capacity, oldest + this.#count)))
      larger.set(ring.subarray(0, width * Math.max(0, oldest + this.#count - capacity)), width * (capacity - oldest))
      return larger
    }
    this.#capacity = Math.min(countMax, Math.max(64, 2 * capacity))
    this.#keys = unrolled(this.#keys, new Uint32Array(keyWords * this.#capacity), keyWords)
    this.#values = unrolled(this.#values, new Uint32Array(valueWords * this.#capacity), valueWords)
    this.#times = unrolled(this.#times, new Float64Array(this.#capacity), 1)
    this.#oldest = 0
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.#capacity)))
    for (let slot = 0; slot < this.#count; slot++) {
      if (this.#times[slot] !== notStanding) this.#table[this.#place(this.#keys, keyWords * slot)] = slot + 1
    }
  }
}

/** The time of an entry that is in the ring still, but no longer in the table. */
const notStanding = Number.NEGATIVE_INFINITY
