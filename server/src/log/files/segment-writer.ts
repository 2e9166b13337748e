/** Brings the groups of a partition to the disk: into its last segment, and into a new one when that is full. */
import type { LogAppend } from '../log.ts'
import type { ActiveSegment } from './active-segment.ts'
import { type Beginning, beginSegment, UnnamedSegment } from './begin-segment.ts'
import { DirectMemory } from './direct-memory.ts'
import type { EncodedGroup } from './encode-group.ts'
import { type GroupSizes, type GroupWriter, groupsAtOnce } from './group-commit.ts'

export interface SegmentWriterParts extends Beginning {
  readonly number: number
  readonly logId: string
  readonly clock: () => number
}

/** The segment behind the last one, while groups of both are on their way. */
interface Coming {
  readonly unnamed: UnnamedSegment
  /** It becomes the last one: since everything before it is durable. */
  readonly turned?: Promise<void>
}

interface SegmentWriterEvents {
  /** A segment is full and another one has begun. */
  sealed(full: ActiveSegment): void
  /** A group is durable, and all before it. */
  accepted(group: EncodedGroup): void
}

export class SegmentWriter implements GroupWriter {
  readonly #parts: SegmentWriterParts
  readonly #events: SegmentWriterEvents
  readonly #memory: DirectMemory
  /** Those that are under way. */
  readonly #syncs = new Set<Promise<void>>()
  #active: ActiveSegment
  #coming: Coming | undefined

  constructor(parts: SegmentWriterParts, active: ActiveSegment, sizes: GroupSizes, events: SegmentWriterEvents) {
    this.#parts = parts
    this.#active = active
    this.#events = events
    this.#memory = new DirectMemory(parts.disk.direct, sizes.most, groupsAtOnce + 1)
  }

  get active(): ActiveSegment {
    return this.#active
  }

  /** Where the next group is encoded to. */
  get #newest(): ActiveSegment {
    return this.#coming?.unnamed.segment ?? this.#active
  }

  #segmentOf({ stamp }: EncodedGroup): ActiveSegment {
    const newest = this.#newest
    return stamp.offset >= newest.header.base ? newest : this.#active
  }

  room(): number {
    return this.#newest.room
  }

  async makeRoom(bytes: number): Promise<void> {
    this.#parts.halt.check()
    if (bytes > this.#active.room) await this.turn()
  }

  turnAhead(): boolean {
    const { number, logId, spares, halt } = this.#parts
    if (this.#coming || halt.reason) return false
    const spare = spares.takeReady()
    if (spare === undefined) return false
    const identity = { partition: number, logId, base: this.#active.nextOffset, afterLoss: false }
    this.#coming = { unnamed: new UnnamedSegment(this.#parts, identity, spare) }
    return true
  }

  encode(appends: readonly LogAppend[], bytes: number): EncodedGroup {
    return this.#newest.encode(appends, Math.max(0, this.#parts.clock()), this.#memory.take(bytes))
  }

  /** In the system's cache, syncs that overlap could not tell whose write failed. */
  canOverlap(group: EncodedGroup): boolean {
    return group.memory !== undefined && this.#segmentOf(group).canOverlap
  }

  async store(group: EncodedGroup): Promise<void> {
    const { disk, halt } = this.#parts
    const segment = this.#segmentOf(group)
    try {
      halt.check()
      if (segment !== this.#active) await this.#coming!.unnamed.headed
      const { isSynced, isPastCache } = await segment.write(group, disk.direct?.partBytes ?? group.bytes, halt)
      // failpoint: log.append.written
      if (!isSynced) await this.#synced(segment)
      // failpoint: log.append.synced
      if (!isPastCache) await this.#othersSynced()
    } catch (error) {
      throw halt.failure(error)
    }
  }

  async #synced(segment: ActiveSegment): Promise<void> {
    const synced = this.#parts.halt.synced(segment)
    this.#syncs.add(synced)
    try {
      await synced
    } finally {
      this.#syncs.delete(synced)
    }
  }

  /** The system tells an error of its cache once: a sync that was under way at the same time may have been told this group's. */
  async #othersSynced(): Promise<void> {
    await Promise.all(this.#syncs)
    this.#parts.halt.check()
  }

  async accept(group: EncodedGroup): Promise<void> {
    const { halt } = this.#parts
    halt.check()
    if (this.#segmentOf(group) !== this.#active) await this.#turnToComing()
    halt.check()
    this.#active.accept(group)
    this.#memory.give(group.memory)
    this.#events.accepted(group)
    if (this.#coming && this.#active.isSettled) this.#turnToComing().catch(() => {}) // told to its first group
  }

  async giveUp(groups: readonly EncodedGroup[], error: unknown): Promise<unknown> {
    const { halt } = this.#parts
    for (const { memory } of groups) this.#memory.give(memory)
    await this.#dropComing()
    this.#active.takeBack()
    const failure = halt.failure(error)
    if (failure.code === 'storage_full') await this.#active.eraseTorn(halt).catch(() => {}) // or before the segment is sealed
    return failure
  }

  async #dropComing(): Promise<void> {
    await this.#coming?.turned?.catch(() => {})
    await this.#coming?.unnamed.giveBack() // unless it has its name by now
    this.#coming = undefined
  }

  /** Turns to a new segment, which begins where the full one ends, or further on. */
  async turn(base = this.#active.end): Promise<void> {
    const { number, logId } = this.#parts
    const afterLoss = base !== this.#active.end
    await this.#turnTo(() => beginSegment(this.#parts, { partition: number, logId, base, afterLoss }))
  }

  #turnToComing(): Promise<void> {
    const { unnamed, turned } = this.#coming!
    if (turned) return turned
    const turning = this.#turnTo(async () => {
      await unnamed.name()
      return unnamed.segment
    })
    this.#coming = { unnamed, turned: turning }
    return turning
  }

  async #turnTo(begin: () => Promise<ActiveSegment>): Promise<void> {
    const full = this.#active
    await full.eraseTorn(this.#parts.halt)
    // failpoint: log.rotate.started
    this.#active = await begin()
    this.#coming = undefined
    this.#events.sealed(full)
  }
}
