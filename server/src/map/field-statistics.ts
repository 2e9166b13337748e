/**
 * What was seen in fields: how many values, of which types, when, and a few of them. Values of mapped fields are counted by their
 * columns' validity bits; types and samples come from a few events every ten seconds, by the
 * time they were received, and from those that could not become a row whole. Kept in memory; whoever wants to keep it longer takes a snapshot.
 */
import { z } from 'zod'
import type { EventTypeStatistics } from '../mappings.ts'
import { type EventRows, originalBytes } from './event-rows.ts'
import { FieldCounts } from './field-counts.ts'
import { FieldRecords } from './field-records.ts'
import { treeOf } from './field-tree.ts'
import type { Crop, Harvest } from './harvest.ts'
import { statisticsLimits } from './limits.ts'

interface TypeRecord {
  count: number
  firstSeenAt: number
  lastSeenAt: number
  /** When the events were received that were looked at last; 0 where none were. */
  lookedAt: number
  readonly fields: FieldRecords
  counts: FieldCounts | undefined
}

export class FieldStatistics {
  readonly #types = new Map<string, TypeRecord>()

  /** Of an event type that has been seen: a tree of its fields. */
  of(eventType: string): EventTypeStatistics | undefined {
    const record = this.#types.get(eventType)
    if (!record) return undefined
    settle(record)
    const { count, firstSeenAt, lastSeenAt, fields } = record
    return { count, firstSeenAt, lastSeenAt, fields: treeOf(fields.all()) }
  }

  clear(eventType: string): void {
    this.#types.delete(eventType)
  }

  note(harvest: Harvest): void {
    let looks = statisticsLimits.eventsPerCallMax
    let room: number | undefined
    for (const [eventType, crop] of harvest.crops()) {
      const record = this.#recordOf(eventType)
      if (!record) continue
      const seenAt = count(record, crop)
      const events = chosen(record, crop).slice(0, looks)
      looks -= events.length
      if (events.length > 0) room ??= this.#room()
      for (const [rows, row] of events) room! -= record.fields.look(originalBytes(rows, row), seenAt, room!)
    }
  }

  /** As JSON, for {@link restore}. */
  snapshot(): unknown {
    const types = Array.from(this.#types, ([eventType, record]) => {
      settle(record)
      const { count, firstSeenAt, lastSeenAt, fields } = record
      return { eventType, count, firstSeenAt, lastSeenAt, fields: fields.all() }
    })
    return { version: 1, types }
  }

  /** Goes on from a snapshot, in place of everything here. @throws ZodError It is none. */
  restore(snapshot: unknown): void {
    const { types } = snapshotSchema.parse(snapshot)
    this.#types.clear()
    for (const { eventType, fields, ...record } of types) {
      this.#types.set(eventType, { ...record, lookedAt: 0, fields: new FieldRecords(fields), counts: undefined })
    }
  }

  #recordOf(eventType: string): TypeRecord | undefined {
    const present = this.#types.get(eventType)
    if (present || this.#types.size >= statisticsLimits.typesMax) return present
    const record = {
      count: 0,
      firstSeenAt: 0,
      lastSeenAt: 0,
      lookedAt: 0,
      fields: new FieldRecords([]),
      counts: undefined,
    }
    this.#types.set(eventType, record)
    return record
  }

  /** Fields that may still be noted, of all event types together. */
  #room(): number {
    const held = this.#types.values().reduce((sum, { fields }) => sum + fields.size, 0)
    return Math.max(0, statisticsLimits.fieldsMax - held)
  }
}

/** Counts events and values of mapped fields. @returns when the newest of them was received. */
function count(record: TypeRecord, { mapping, valueCounts, parts }: Crop): number {
  const last = parts.at(-1)!
  const seenAt = last.inputs[last.input.at(-1)!]!.batch.receivedAt
  const eventCount = parts.reduce((sum, { event }) => sum + event.length, 0)
  record.count += eventCount
  record.firstSeenAt ||= seenAt
  record.lastSeenAt = seenAt
  if (!mapping || !valueCounts) return seenAt
  if (record.counts?.mapping !== mapping) {
    settle(record)
    record.counts = new FieldCounts(mapping)
  }
  record.counts.add(valueCounts, seenAt)
  return seenAt
}

/** Puts what was counted by columns to the fields. */
function settle({ counts, fields }: TypeRecord): void {
  if (!counts) return
  for (const [place, { path }] of counts.mapping.fields.entries()) fields.addCount(path, counts.take(place))
}

type ChosenRow = readonly [rows: EventRows, row: number]

/** Events to look at, each once: those that failed or lost values, and where it is time again the first. */
function chosen(record: TypeRecord, { parts, faults, fitted }: Crop): ChosenRow[] {
  const { eventsPerBatchMax, eventsPerLook, lookEveryMs } = statisticsLimits
  const isTime = Math.abs(record.lastSeenAt - record.lookedAt) >= lookEveryMs
  if (!isTime && faults.length === 0 && (fitted?.shortened.length ?? 0) === 0) return []
  const troubled = [...faults.slice(0, eventsPerBatchMax), ...(fitted?.shortened ?? [])].flatMap(({ input, event }) =>
    rowOf(parts, input, event),
  )
  if (!isTime) return troubled.slice(0, eventsPerBatchMax)
  record.lookedAt = record.lastSeenAt
  const [rows] = parts as [EventRows]
  const known = new Set(troubled.filter(([of]) => of === rows).map(([, row]) => row))
  const firstCount = Math.min(eventsPerLook, rows.event.length)
  const first = Array.from({ length: firstCount }, (_, row) => row).filter((row) => !known.has(row))
  return [...troubled, ...first.map((row): ChosenRow => [rows, row])].slice(0, eventsPerBatchMax)
}

/** Events are in their order, so that of each log record the place can be searched for. */
function rowOf(parts: readonly EventRows[], input: number, event: number): ChosenRow[] {
  for (const rows of parts) {
    let [low, high] = [0, rows.event.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const isBefore = rows.input[middle]! < input || (rows.input[middle] === input && rows.event[middle]! < event)
      if (isBefore) low = middle + 1
      else high = middle
    }
    if (rows.input[low] === input && rows.event[low] === event) return [[rows, low]]
  }
  return []
}

const time = z.number().nonnegative()

const snapshotSchema = z.object({
  version: z.literal(1),
  types: z.array(
    z.object({
      eventType: z.string(),
      count: z.int().nonnegative(),
      firstSeenAt: time,
      lastSeenAt: time,
      fields: z.array(
        z.object({
          path: z.array(z.string()).min(1),
          count: z.int().nonnegative(),
          isExact: z.boolean(),
          types: z.record(z.string(), z.int().positive()),
          samples: z.array(z.string()),
          firstSeenAt: time,
          lastSeenAt: time,
        }),
      ),
    }),
  ),
})
