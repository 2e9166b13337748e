/** What one call of `map` brings in, event type by event type: rows, events that become none, and versions of mappings. */
import type { ColumnData, RowBatch } from '../rows.ts'
import type { EventRows, MapInput } from './event-rows.ts'
import { countValues } from './field-counts.ts'
import type { EventFault, Fitted, FittedRows } from './fit-rows.ts'
import type { RowFault } from './infer.ts'
import { mapLimits } from './limits.ts'
import { type Mapping, tableOf } from './mapping.ts'
import { restColumnOf } from './rest.ts'
import { systemColumnsOf } from './system-columns.ts'
import { tracesOf } from './trace-columns.ts'

export interface Mapped {
  /** In the order of the event types' names; at most `rowsPerBatchMax` rows each, so a table may come more than once. */
  readonly tables: readonly RowBatch[]
  /** Rows of all tables. With `failures.length` and `discarded` they are all events that were not to be skipped. */
  readonly rowCount: number
  readonly failures: readonly MapFailure[]
  /** Events of event types that are discarded, and those event types. */
  readonly discarded: number
  readonly discardedTypes: ReadonlySet<string>
  /** The versions that were made. */
  readonly changed: readonly Mapping[]
}

export interface MapFailure {
  readonly offset: bigint
  /** Which of the inputs, and which event of its batch. */
  readonly input: number
  readonly event: number
  readonly eventType: string
  /** A code of `errors.ts`. */
  readonly code: RowFault['code']
  readonly message: string
  /** The field that it is about: its keys joined by points, a `.` or `\\` in a key escaped by `\\`. */
  readonly subject?: string
  /** Version of the event type's mapping, where it has one. */
  readonly mappingVersion?: number
}

export interface Crop {
  readonly mapping: Mapping | undefined
  readonly fitted: Fitted | undefined
  readonly parts: readonly EventRows[]
  readonly faults: readonly EventFault[]
  readonly batches: readonly RowBatch[]
  /** How many values each of the mapping's fields has in them. */
  readonly valueCounts: Float64Array | undefined
}

type Taken = Pick<Crop, 'mapping' | 'parts'> & { readonly fitted: Fitted }

export class Harvest {
  readonly inputs: readonly MapInput[]
  readonly #crops = new Map<string, Crop>()
  readonly #changed = new Map<string, Mapping>()
  #discarded = 0
  readonly #discardedTypes = new Set<string>()

  constructor(inputs: readonly MapInput[]) {
    this.inputs = inputs
  }

  /** Whether rows were made of its events. */
  has(eventType: string): boolean {
    return this.#crops.get(eventType)?.fitted !== undefined
  }

  /** Again for the same event type, it takes the place of what was taken before. */
  take(eventType: string, { mapping, fitted, parts }: Taken): void {
    const { faults } = fitted
    // At once, while all of it is near the processor.
    const batches = mapping ? batchesOf(mapping, fitted.parts) : []
    const valueCounts = mapping && countValues(fitted.parts, mapping.fields.length)
    this.#crops.set(eventType, { mapping, fitted, parts, faults, batches, valueCounts })
  }

  /** A version that was made; of the several of an event type the last counts. */
  noteVersion(mapping: Mapping): void {
    this.#changed.set(mapping.eventType, mapping)
  }

  refuse(eventType: string, parts: readonly EventRows[], code: keyof typeof refusals): [] {
    const fault: RowFault = { code, message: refusals[code] }
    const faults = parts.flatMap(({ input, event }) =>
      Array.from(input, (place, row) => ({ input: place, event: event[row]!, fault })),
    )
    this.#crops.set(eventType, { ...nothing, parts, faults })
    return []
  }

  discard(eventType: string, parts: readonly EventRows[]): [] {
    this.#discarded += parts.reduce((sum, { event }) => sum + event.length, 0)
    this.#discardedTypes.add(eventType)
    this.#crops.set(eventType, { ...nothing, parts, faults: [] })
    return []
  }

  finish(): Mapped {
    const tables: RowBatch[] = []
    const failures: MapFailure[] = []
    for (const [eventType, { mapping, batches, faults }] of this.#inOrder()) {
      tables.push(...batches)
      for (const fault of faults) failures.push(this.#failureOf(eventType, mapping?.version, fault))
    }
    const rowCount = tables.reduce((sum, batch) => sum + batch.rowCount, 0)
    const [discarded, discardedTypes] = [this.#discarded, this.#discardedTypes]
    return { tables, rowCount, failures, discarded, discardedTypes, changed: [...this.#changed.values()] }
  }

  /** The events of each type, and what became of them: for the statistics. */
  *crops(): Generator<[eventType: string, crop: Crop]> {
    yield* this.#crops
  }

  #inOrder(): [string, Crop][] {
    return [...this.#crops].sort(([left], [right]) => (left < right ? -1 : 1))
  }

  #failureOf(eventType: string, mappingVersion: number | undefined, { input, event, fault }: EventFault): MapFailure {
    return {
      offset: this.inputs[input]!.firstOffset + BigInt(event),
      input,
      event,
      eventType,
      ...fault,
      ...(mappingVersion === undefined ? {} : { mappingVersion }),
    }
  }
}

const nothing = { mapping: undefined, fitted: undefined, batches: [], valueCounts: undefined } as const

const refusals = {
  too_many_tables: `There are ${mapLimits.tablesMax} tables already, and none for this event type`,
  unmapped_event_type: 'The event type has no mapping, and the mode of the workspace makes none by itself',
} as const

function batchesOf(mapping: Mapping, parts: readonly FittedRows[]): RowBatch[] {
  return parts.filter(({ rows }) => rows.event.length > 0).map((part) => batchOf(mapping, part))
}

function batchOf(mapping: Mapping, { rows, extraction }: FittedRows): RowBatch {
  const { eventType, isFull, fields } = mapping
  const traces = tracesOf(mapping, rows)
  const table = tableOf(
    mapping,
    traces.map(({ name }) => name),
  )
  const columns: ColumnData[] = systemColumnsOf(rows, eventType)
  for (const { column } of traces) columns.push(column)
  for (let place = 0; place < fields.length; place++) columns.push(extraction.columns[place]!)
  if (isFull) columns.push(restColumnOf(rows.rests, extraction.rowCount))
  return { table, rowCount: extraction.rowCount, columns }
}
