/** One partition while the log is open: appends in groups, turns to a new segment when one is full, gives old ones back. */
import assert from 'node:assert'
import { MillraceError } from '../../errors.ts'
import type { Logger } from '../../telemetry.ts'
import type { LogAppend, LogTag, PartitionStatus } from '../log.ts'
import type { ActiveSegment } from './active-segment.ts'
import { writeIndex } from './begin-segment.ts'
import type { DiskBudget } from './disk-budget.ts'
import type { DurableEnd } from './durable-end.ts'
import type { EncodedGroup } from './encode-group.ts'
import { GroupCommit, type GroupSizes } from './group-commit.ts'
import { decodeEntries } from './index-file.ts'
import { assertAppend, bodyBytesOf, recordBytes, sectorBytes } from './record.ts'
import type { Damage, SealedSegment } from './recovery.ts'
import { expiredCount, type RetentionRule } from './retention.ts'
import { damaged, indexName } from './segment.ts'
import { sealedEntries } from './segment-index.ts'
import { SegmentWriter, type SegmentWriterParts } from './segment-writer.ts'
import type { SharedPartition } from './shared.ts'
import { readFailure } from './transfer.ts'

/** What a partition works with, and what was found of it. */
export interface PartitionParts extends SegmentWriterParts {
  readonly groupBytesMax: number
  readonly rule: RetentionRule
  readonly budget: DiskBudget
  readonly shared: SharedPartition
  readonly logger: Logger
  /** Grows and shrinks with the partition. */
  readonly sealed: SealedSegment[]
  readonly damage: Damage | undefined
}

export class Partition {
  readonly #parts: PartitionParts
  readonly #durableEnd: DurableEnd
  /** Undefined in a damaged partition. */
  readonly #writer: SegmentWriter | undefined
  readonly #commits: GroupCommit | undefined
  /** Sealing, trimming and noting the end, one after the other. */
  #upkeep: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(parts: PartitionParts, active: ActiveSegment | undefined, durableEnd: DurableEnd) {
    this.#parts = parts
    this.#durableEnd = durableEnd
    if (active === undefined) return
    const sizes = groupSizes(parts)
    this.#writer = new SegmentWriter(parts, active, sizes, {
      sealed: (full) => this.#sealed(full),
      accepted: (group) => this.#accepted(group),
    })
    this.#commits = new GroupCommit(sizes, this.#writer)
  }

  async append(append: LogAppend): Promise<bigint> {
    const { halt, segmentBytes } = this.#parts
    if (this.#isClosed) throw new MillraceError('log_stopped', 'The log is closed')
    halt.check()
    this.#checkWhole()
    const bodyBytes = bodyBytesOf(append)
    assertAppend(append, bodyBytes)
    const bytes = recordBytes(append, bodyBytes)
    if (bytes > segmentBytes - sectorBytes)
      throw new MillraceError(
        'request_too_large',
        `A record of ${bytes} bytes does not fit a segment of ${segmentBytes}`,
      )
    return this.#commits!.append(append, bytes)
  }

  async trim(floor: bigint): Promise<void> {
    await this.#afterUpkeep(async () => {
      const { sealed, damage, rule, clock, budget, spares, halt } = this.#parts
      if (damage) return
      halt.check()
      const bytes = this.#segmentsBytes()
      const pressureBytes = budget.pressure() - spares.bytes
      for (let count = expiredCount(sealed, rule, { floor, now: clock(), bytes, pressureBytes }); count > 0; count--)
        await this.#dropOldest()
    })
  }

  async *recentTags(since: number): AsyncGenerator<LogTag> {
    await this.#upkeep
    const { sealed, disk, folderPath, number } = this.#parts
    const active = this.#active?.index.entries()
    for (const { header, newestAt } of [...sealed]) {
      if (newestAt === undefined || newestAt < since) continue
      const entries = await sealedEntries(disk, folderPath, header).catch((error) => {
        throw readFailure(error, folderPath)
      })
      yield* tagsIn(entries, number, since)
    }
    if (active) yield* tagsIn(active, number, since)
  }

  status(): PartitionStatus {
    const { number, shared, sealed, spares, halt } = this.#parts
    const oldestAt = sealed.find((segment) => segment.oldestAt !== undefined)?.oldestAt ?? this.#active?.index.oldestAt
    const bytes = this.#segmentsBytes() + sealed.reduce((sum, segment) => sum + segment.bytes, 0) + spares.bytes
    const stopped = this.#damageText() ?? halt.reason?.message
    return { partition: number, start: shared.start, end: shared.end, bytes, oldestAt, stopped }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#commits?.idle()
    await this.#upkeep
    const { spares, folder, shared, halt } = this.#parts
    if (halt.reason === undefined && this.#active) {
      this.#noteEnd()
      await this.#upkeep
      await halt.synced(this.#durableEnd).catch(() => {}) // everything that was acknowledged is durable without it
    }
    for (const open of [this.#durableEnd, spares, this.#active, folder]) await open?.close()
    shared.state = 'closed'
  }

  get #active(): ActiveSegment | undefined {
    return this.#writer?.active
  }

  #accepted(group: EncodedGroup): void {
    const { shared, spares, clock } = this.#parts
    shared.end = group.end
    // failpoint: log.append.published
    const { room, segmentBytes } = this.#active!
    if (room < segmentBytes / 2) spares.prepareAhead()
    if (this.#durableEnd.isDue(clock())) this.#noteEnd()
  }

  /** Has the next event get `offset`, in a partition that holds none. @throws MillraceError as `append`. */
  async beginAt(offset: bigint): Promise<void> {
    const { shared, halt, sealed } = this.#parts
    halt.check()
    this.#checkWhole()
    assert(shared.start === shared.end && offset > shared.end, 'only an empty partition begins further on')
    try {
      await this.#writer!.turn(offset)
    } catch (error) {
      throw halt.failure(error)
    }
    shared.end = offset
    await this.#afterUpkeep(async () => {
      while (sealed.length > 0) await this.#dropOldest()
    })
  }

  #sealed(full: ActiveSegment): void {
    const { number, sealed, budget, logger } = this.#parts
    const { segment, index } = full.sealed()
    sealed.push(segment)
    budget.add(segment.bytes)
    const seal = async () => {
      await full.close()
      if (!sealed.includes(segment)) return // trimmed meanwhile
      await writeIndex(this.#parts, segment.base, index)
      logger.debug('log segment sealed', { partition: number, base: segment.base, end: segment.end })
    }
    this.#afterUpkeep(seal).catch((error: Error) => {
      logger.warn('log index not written', { partition: number, base: segment.base, error })
    })
  }

  /** Gives the oldest segment back. Each is synced by itself: were a later one gone and an earlier one not, it would be a gap. */
  async #dropOldest(): Promise<void> {
    const { sealed, disk, spares, budget, halt, folder, folderPath, shared, logger, number } = this.#parts
    const oldest = sealed[0]!
    // Readers that find a file used anew look here to learn why.
    shared.start = sealed[1]?.base ?? this.#active!.header.base
    // failpoint: log.trim.started
    const place = spares.placeFor(oldest.segmentBytes)
    try {
      if (place) await disk.rename(oldest.path, place)
      else await disk.remove(oldest.path)
      // failpoint: log.trim.moved
      await halt.synced(folder)
      // failpoint: log.trim.synced
      sealed.shift()
      if (place) spares.recycled(place)
      else budget.give(oldest.segmentBytes)
      // failpoint: log.recycle.kept
      await disk.remove(`${folderPath}/${indexName(oldest.base)}`).catch(ignoreMissing)
      budget.give(oldest.bytes)
    } catch (error) {
      throw halt.failure(error)
    }
    // failpoint: log.trim.unindexed
    logger.debug('log segment trimmed', { partition: number, base: oldest.base, end: oldest.end })
  }

  #noteEnd(): void {
    const { clock, shared, logger, number } = this.#parts
    this.#afterUpkeep(() => this.#durableEnd.note(shared.end, clock())).catch((error: Error) => {
      logger.warn('log end not noted', { partition: number, error })
    })
  }

  #afterUpkeep(work: () => Promise<void>): Promise<void> {
    const done = this.#upkeep.then(work)
    this.#upkeep = done.catch(() => {})
    return done
  }

  #segmentsBytes(): number {
    return this.#parts.sealed.reduce((sum, segment) => sum + segment.segmentBytes, this.#active?.segmentBytes ?? 0)
  }

  #checkWhole(): void {
    const { damage } = this.#parts
    if (damage) throw damaged(damage.path, damage.place, damage.reason)
  }

  #damageText(): string | undefined {
    const { damage } = this.#parts
    return damage && damaged(damage.path, damage.place, damage.reason).message
  }
}

function groupSizes({ segmentBytes, groupBytesMax, disk }: PartitionParts): GroupSizes {
  const most = Math.min(segmentBytes - sectorBytes, groupBytesMax)
  const overlapping = disk.direct?.bytesMin ?? 0
  return { most, overlapping, following: Math.min(most, Math.max(most / 2, overlapping)) }
}

function* tagsIn(entries: Buffer, partition: number, since: number): Generator<LogTag> {
  for (const { offset, count, appendedAt, tag } of decodeEntries(entries))
    if (tag && appendedAt >= since) yield { partition, offset, count, appendedAt, tag }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
