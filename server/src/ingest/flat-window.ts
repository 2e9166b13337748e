/**
 * The last keys that came, with a few numbers each, in flat arrays without an object for each: a ring in the order they came, the
 * oldest leaving first, and a hash table with linear probing into it.
 *
 *   ring    slot s: key words at `#keys[k·s…]`, value words at `#values[v·s…]`, time at `#times[s]`
 *   table   `#table[h]` is 0, or a slot + 1 in as many low bits as h has, and above them those of the key's second word, by which nearly
 *           all other keys are told apart without a look at them; h starts at the key's first word. Both are evenly spread: they are a hash
 *
 * Both grow from small as they fill. An entry has a number that counts up from 0 and never changes.
 */

export interface FlatWindowSettings {
  /** Two at least. */
  readonly keyWords: number
  readonly valueWords: number
  readonly countMax: number
  readonly ageMaxMs: number
}

/** Up to so many it grows fourfold, then twofold: what is filled by millions is moved seldom, and what stays small takes little. */
const fourfoldMax = 2 ** 18
const capacityMin = 64

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

  /** Number that the entry added next will have. */
  get next(): number {
    return this.#first + this.#count
  }

  /**
   * Number of the entry whose key stands in `words` from `at` on; -1 where there is none that is young enough. Times are ms of a clock
   * that never goes back.
   */
  find(words: Uint32Array, at: number, now: number): number {
    return this.#count === 0 ? -1 : this.#entryAt(this.#place(words, at), now)
  }

  /** As `find`, and where it knows none as `add`: then the number is what `next` was. The key is looked for once. */
  findOrAdd(words: Uint32Array, at: number, now: number): number {
    if (this.#count === 0) return this.add(words, at, now)
    const place = this.#place(words, at)
    const known = this.#entryAt(place, now)
    if (known >= 0) return known
    return this.#makeRoom(now) ? this.#addAt(this.#place(words, at), words, at) : this.#addAt(place, words, at)
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
    this.#makeRoom(time)
    return this.#addAt(this.#place(words, at), words, at)
  }

  /** Forgets an entry that was added. The newest ones give their room back, so that what is refused pushes nothing out. */
  remove(entry: number): void {
    if (entry < this.#first || entry >= this.#first + this.#count) return
    this.#takeOut(this.#slotOf(entry))
    while (this.#count > 0 && this.#times[this.#slotOf(this.#first + this.#count - 1)] === notStanding) this.#count--
  }

  #slotOf(entry: number): number {
    const slot = this.#oldest + entry - this.#first
    return slot < this.#capacity ? slot : slot - this.#capacity
  }

  /** The entry at a place of the table, if it is young enough; or -1. */
  #entryAt(place: number, now: number): number {
    const slot = this.#slotAt(place)
    if (slot < 0 || now - this.#times[slot]! > this.#settings.ageMaxMs) return -1
    const age = slot - this.#oldest
    return this.#first + (age < 0 ? age + this.#capacity : age)
  }

  /** For one more, which comes at this time. Returns whether keys stand elsewhere in the table now. */
  #makeRoom(time: number): boolean {
    const { countMax, ageMaxMs } = this.#settings
    if (time > this.#newestAt) this.#newestAt = time
    const first = this.#first
    while (this.#count > 0 && this.#newestAt - this.#times[this.#oldest]! > ageMaxMs) this.#dropOldest()
    if (this.#count === countMax) this.#dropOldest()
    if (this.#count < this.#capacity) return this.#first > first
    this.#grow()
    return true
  }

  #addAt(place: number, words: Uint32Array, at: number): number {
    const { keyWords, valueWords } = this.#settings
    const slot = this.#slotOf(this.next)
    for (let word = 0; word < keyWords; word++) this.#keys[keyWords * slot + word] = words[at + word]!
    for (let word = 0; word < valueWords; word++) this.#values[valueWords * slot + word] = words[at + keyWords + word]!
    this.#times[slot] = this.#newestAt
    const older = this.#slotAt(place)
    if (older >= 0) this.#times[older] = notStanding // one with this key that is too old: its place is taken over
    this.#table[place] = tableEntry(slot, words[at + 1]!, this.#table.length - 1)
    return this.#first + this.#count++
  }

  /** -1 where there is none. */
  #slotAt(place: number): number {
    return (this.#table[place]! & (this.#table.length - 1)) - 1
  }

  /** Where in the table the key stands, or would. */
  #place(words: Uint32Array, at: number): number {
    const table = this.#table
    const mask = table.length - 1
    const second = words[at + 1]!
    let place = words[at]! & mask
    for (let entry = table[place]!; entry !== 0; entry = table[place]!) {
      if (((entry ^ second) & ~mask) === 0 && this.#isKeyOf((entry & mask) - 1, words, at)) break
      place = (place + 1) & mask
    }
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
    if (this.#slotAt(hole) !== slot) return
    this.#times[slot] = notStanding
    for (let place = (hole + 1) & mask; this.#table[place] !== 0; place = (place + 1) & mask) {
      const home = this.#keys[keyWords * this.#slotAt(place)]! & mask
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
    const larger = capacity < fourfoldMax ? Math.min(fourfoldMax, 4 * capacity) : 2 * capacity
    this.#capacity = Math.min(countMax, Math.max(capacityMin, larger))
    this.#keys = unrolled(this.#keys, new Uint32Array(keyWords * this.#capacity), keyWords)
    this.#values = unrolled(this.#values, new Uint32Array(valueWords * this.#capacity), valueWords)
    this.#times = unrolled(this.#times, new Float64Array(this.#capacity), 1)
    this.#oldest = 0
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.#capacity)))
    this.#fillTable()
  }

  /** Without a look at the keys that stand in the way: no two of those that are in it are the same. */
  #fillTable(): void {
    const { keyWords } = this.#settings
    const table = this.#table
    const mask = table.length - 1
    for (let slot = 0; slot < this.#count; slot++) {
      if (this.#times[slot] === notStanding) continue
      let place = this.#keys[keyWords * slot]! & mask
      while (table[place] !== 0) place = (place + 1) & mask
      table[place] = tableEntry(slot, this.#keys[keyWords * slot + 1]!, mask)
    }
  }
}

function tableEntry(slot: number, second: number, mask: number): number {
  return (second & ~mask) | (slot + 1)
}

/** The time of an entry that is in the ring still, but no longer in the table. */
const notStanding = Number.NEGATIVE_INFINITY
