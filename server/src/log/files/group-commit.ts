/**
 * Appends that wait are written together: while groups are on their way to the disk, the next one forms. A full one need not wait for
 * those before it: a few are written and synced at the same time, and each is answered when those before it are.
 */
import type { LogAppend } from '../log.ts'
import type { EncodedGroup } from './encode-group.ts'

interface Waiting {
  readonly append: LogAppend
  /** Bytes in the segment. */
  readonly bytes: number
  resolve(offset: bigint): void
  reject(error: unknown): void
}

interface Group {
  readonly waiting: readonly Waiting[]
  readonly encoded: EncodedGroup
}

interface GroupOnItsWay extends Group {
  readonly stored: Promise<void>
}

export interface GroupWriter {
  /** What fits behind all groups that are encoded, without a new segment. */
  room(): number
  /** Turns to a new segment if so many bytes do not fit; while nothing is on its way. */
  makeRoom(bytes: number): Promise<void>
  /** Has the next groups go to a new segment, while those before them are on their way; whether that can be, just now. */
  turnAhead(): boolean
  /** Makes a group behind the one that was encoded last; at most {@link groupsAtOnce} and one more that are not accepted. */
  encode(appends: readonly LogAppend[], bytes: number): EncodedGroup
  /** Whether a group may be written while others are on their way that were encoded before. */
  canOverlap(group: EncodedGroup): boolean
  /** Writes a group and makes it durable, whatever becomes of those before it. */
  store(group: EncodedGroup): Promise<void>
  /** The group, and all before it, are durable. Resolves when it counts. */
  accept(group: EncodedGroup): Promise<void>
  /** Gives up all groups that were encoded and not accepted, none of which is on its way any more; what to tell of the failure. */
  giveUp(groups: readonly EncodedGroup[], error: unknown): Promise<unknown>
}

/** So many groups are on their way at the same time: more hold a disk up no better, and take memory. */
export const groupsAtOnce = 3

export interface GroupSizes {
  /** Of a group of several records, bytes. */
  readonly most: number
  /** Of one that is made while others are on their way: smaller, so that there are enough of them. */
  readonly following: number
  /** Of one that can be on its way together with others, at least. */
  readonly overlapping: number
}

export class GroupCommit {
  readonly #sizes: GroupSizes
  readonly #writer: GroupWriter
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Oldest first. */
  #onTheirWay: GroupOnItsWay[] = []
  /** Encoded behind those. */
  #ready: Group | undefined
  /** Whether groups may be encoded and sent off behind those that are on their way. */
  #isOpen = false
  #running: Promise<void> | undefined

  constructor(sizes: GroupSizes, writer: GroupWriter) {
    this.#sizes = sizes
    this.#writer = writer
  }

  append(append: LogAppend, bytes: number): Promise<bigint> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, bytes, resolve, reject })
      this.#waitingBytes += bytes
      this.#running ??= this.#run()
      if (this.#isOpen) this.#follow()
    })
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Lets everybody join who can be heard now: the requests of this turn, and those who were just answered and go on.
    await nextTurn()
    while (this.#onTheirWay.length > 0 || this.#ready || this.#waiting.length > 0) {
      if (this.#onTheirWay.length === 0) await this.#lead()
      this.#isOpen = true
      this.#follow()
      await this.#settleOldest()
      if (this.#ready === undefined) await nextTurn()
    }
    this.#isOpen = false
    this.#running = undefined
  }

  /** Sends off a group behind which everything is durable. */
  async #lead(): Promise<void> {
    if (this.#ready) return this.#sendOff(this.#ready)
    this.#isOpen = false
    const { waiting, bytes } = this.#take(this.#sizes.most)
    try {
      await this.#writer.makeRoom(bytes)
      this.#sendOff({ waiting, encoded: this.#encode(waiting, bytes) })
    } catch (error) {
      const failure = await this.#writer.giveUp([], error)
      for (const { reject } of waiting) reject(failure)
    }
  }

  /** Sends off more groups as long as they are full and may be on their way at the same time, and has one ready for afterwards. */
  #follow(): void {
    while (this.#onTheirWay.length > 0) {
      if (!this.#ready && !this.#makeReady()) return
      const [oldest] = this.#onTheirWay
      const ready = this.#ready!
      const isHeld = !this.#writer.canOverlap(oldest!.encoded) || !this.#writer.canOverlap(ready.encoded)
      if (isHeld || this.#onTheirWay.length >= groupsAtOnce) return
      this.#sendOff(ready)
    }
  }

  #makeReady(): boolean {
    if (this.#waitingBytes < this.#sizes.following || !this.#hasPlace()) return false
    const { waiting, bytes } = this.#take(this.#sizes.following)
    this.#ready = { waiting, encoded: this.#encode(waiting, bytes) }
    return true
  }

  /** Whether the next group has a place. A rest of the segment that is too small for one that overlaps others stays empty. */
  #hasPlace(): boolean {
    const first = this.#waiting[0]!.bytes
    const room = this.#writer.room()
    return room >= Math.max(first, this.#sizes.overlapping) || this.#writer.turnAhead() || first <= room
  }

  #sendOff(group: Group): void {
    this.#ready = undefined
    const stored = this.#writer.store(group.encoded)
    stored.catch(() => {}) // told when it is its turn
    this.#onTheirWay.push({ ...group, stored })
  }

  async #settleOldest(): Promise<void> {
    const oldest = this.#onTheirWay[0]
    if (oldest === undefined) return
    try {
      await oldest.stored
      await this.#writer.accept(oldest.encoded)
    } catch (error) {
      return this.#failOldest(error)
    }
    this.#onTheirWay.shift()
    let offset = oldest.encoded.stamp.offset
    for (const { append, resolve } of oldest.waiting) {
      resolve(offset)
      offset += BigInt(append.count)
    }
  }

  /** Those behind it have offsets and places that are not to be: they begin again. */
  async #failOldest(error: unknown): Promise<void> {
    this.#isOpen = false
    await Promise.allSettled(this.#onTheirWay.map(({ stored }) => stored))
    const groups: Group[] = this.#ready ? [...this.#onTheirWay, this.#ready] : this.#onTheirWay
    const failure = await this.#writer.giveUp(
      groups.map(({ encoded }) => encoded),
      error,
    )
    this.#onTheirWay = []
    this.#ready = undefined
    const [failed, ...behind] = groups
    const again = behind.flatMap(({ waiting }) => waiting)
    this.#waiting = [...again, ...this.#waiting]
    for (const { bytes } of again) this.#waitingBytes += bytes
    for (const { reject } of failed!.waiting) reject(failure)
  }

  #encode(waiting: readonly Waiting[], bytes: number): EncodedGroup {
    return this.#writer.encode(
      waiting.map(({ append }) => append),
      bytes,
    )
  }

  /** Those that have waited longest: as many as fit, one at least. */
  #take(bytesMost: number): { waiting: Waiting[]; bytes: number } {
    const room = this.#writer.room()
    let bytes = this.#waiting[0]!.bytes
    const bytesMax = bytes <= room ? Math.min(room, bytesMost) : bytesMost
    let length = 1
    while (length < this.#waiting.length && bytes + this.#waiting[length]!.bytes <= bytesMax) {
      bytes += this.#waiting[length]!.bytes
      length++
    }
    this.#waitingBytes -= bytes
    return { waiting: this.#waiting.splice(0, length), bytes }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
