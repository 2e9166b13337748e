/** Brings the groups of a partition to the disk: into its last segment, and into a new one when that is full. */
import type { LogAppend } from '../log.ts'
import { type ActiveSegment, type Beginning, beginSegment } from './active-segment.ts'
import { DirectMemory } from './direct-memory.ts'
import type { EncodedGroup } from './encode-group.ts'
import { type GroupSizes, type GroupWriter, groupsAtOnce } from './group-commit.ts'

export interface SegmentWriterParts extends Beginning {
  readonly number: number
  readonly logId: string
  readonly clock: () => number
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

  constructor(parts: SegmentWriterParts, active: ActiveSegment, sizes: GroupSizes, events: SegmentWriterEvents) {
    this.#parts = parts
    this.#active = active
    this.#events = events
    this.#memory = new DirectMemory(parts.disk.direct, sizes.most, groupsAtOnce + 1)
  }

  get active(): ActiveSegment {
    return this.#active
  }

  room(): number {
    return this.#active.room
  }

  async makeRoom(bytes: number): Promise<void> {
    this.#parts.halt.check()
    if (bytes > this.#active.room) await this.turn()
  }

  encode(appends: readonly LogAppend[], bytes: number): EncodedGroup {
    return this.#active.encode(appends, Math.max(0, this.#parts.clock()), this.#memory.take(bytes))
  }

  /** In the system's cache, syncs that overlap could not tell whose write failed. */
  canOverlap({ memory }: EncodedGroup): boolean {
    return memory !== undefined && this.#active.canOverlap
  }

  async store(group: EncodedGroup): Promise<void> {
    const { disk, halt } = this.#parts
    const active = this.#active
    try {
      halt.check()
      const { isSynced, isPastCache } = await active.write(group, disk.direct?.partBytes ?? group.bytes, halt)
      // failpoint: log.append.written
      if (!isSynced) await this.#synced(active)
      // failpoint: log.append.synced
      if (!isPastCache) await this.#othersSynced()
    } catch (error) {
      throw halt.failure(error)
    }
  }

  async #synced(active: ActiveSegment): Promise<void> {
    const synced = this.#parts.halt.synced(active)
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

  accept(group: EncodedGroup): void {
    this.#parts.halt.check()
    this.#active.accept(group)
    this.#memory.give(group.memory)
    this.#events.accepted(group)
  }

  async giveUp(groups: readonly EncodedGroup[], error: unknown): Promise<unknown> {
    const { halt } = this.#parts
    for (const { memory } of groups) this.#memory.give(memory)
    this.#active.takeBack()
    const failure = halt.failure(error)
    if (failure.code === 'storage_full') await this.#active.eraseTorn(halt).catch(() => {}) // or before the segment is sealed
    return failure
  }

  /** Turns to a new segment, which begins where the full one ends, or further on. */
  async turn(base = this.#active.end): Promise<void> {
    const { number, logId, halt } = this.#parts
    const full = this.#active
    await full.eraseTorn(halt)
    // failpoint: log.rotate.started
    const afterLoss = base !== full.end
    this.#active = await beginSegment(this.#parts, { partition: number, logId, base, afterLoss })
    this.#events.sealed(full)
  }
}
