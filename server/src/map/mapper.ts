/**
 * The map stage, mode AUTO_MAP: events become rows of typed tables, one table for each event type. New fields become columns,
 * columns widen in place, and no value ever changes its meaning; an event that cannot become a row costs only itself.
 */
import type { ColumnData, RowBatch } from '../rows.ts'
import type { Logger } from '../telemetry.ts'
import { type EventRows, groupRows, type MapInput } from './event-rows.ts'
import { Extractors } from './extractors.ts'
import { type EventFault, type Fitted, type FittedRows, fitRows } from './fit-rows.ts'
import type { RowFault } from './infer.ts'
import { mapLimits } from './limits.ts'
import { type Mapping, mappingSchema, tableOf } from './mapping.ts'
import { restColumnOf } from './rest.ts'
import { foldName } from './sql-name.ts'
import { systemColumnsOf } from './system-columns.ts'
import { nameTable } from './table-names.ts'
import { tracesOf } from './trace-columns.ts'

export interface Mapper {
  /**
   * The events of several log records, in order; within a table their rows keep it. Versions of mappings that they make necessary
   * are saved when it resolves. One call at a time; a repeat gives the same rows.
   * @throws Whatever `save` throws; the events may then be mapped again.
   */
  map(inputs: readonly MapInput[]): Promise<Mapped>
}

export interface Mapped {
  /** In the order of the event types' names; at most `rowsPerBatchMax` rows each, so a table may come more than once. */
  readonly tables: readonly RowBatch[]
  /** Rows of all tables. With `failures.length` they are all events that were not to be skipped. */
  readonly rowCount: number
  readonly failures: readonly MapFailure[]
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
  /** Version of the event type's mapping, where it has one. */
  readonly mappingVersion?: number
}

export interface MapperSettings {
  /** The newest version of each event type's mapping, as it was saved. */
  readonly mappings: readonly unknown[]
  /** Must be durable when it resolves; saving the same again must change nothing. */
  readonly save: (mapping: Mapping) => Promise<void>
  readonly logger: Logger
}

/** @throws ZodError A mapping is none. */
export function openMapper(settings: MapperSettings): Mapper {
  return new AutoMapper(settings)
}

/** Extractors kept open. */
const extractorsMax = 256

class AutoMapper implements Mapper {
  readonly #save: MapperSettings['save']
  readonly #logger: Logger
  /** By event type. */
  readonly #mappings: Map<string, Mapping>
  /** Folds of the tables' names. */
  readonly #tables: Set<string>
  readonly #extractors = new Extractors(extractorsMax)

  constructor({ mappings, save, logger }: MapperSettings) {
    const parsed = mappings.map((mapping) => mappingSchema.parse(mapping))
    this.#mappings = new Map(parsed.map((mapping) => [mapping.eventType, mapping]))
    this.#tables = new Set(parsed.map(({ table }) => foldName(table)))
    this.#save = save
    this.#logger = logger
  }

  async map(inputs: readonly MapInput[]): Promise<Mapped> {
    const tables: RowBatch[] = []
    const failures: MapFailure[] = []
    const changed: Mapping[] = []
    const groups = [...groupRows(inputs)].sort(([left], [right]) => (left < right ? -1 : 1))
    for (const [eventType, parts] of groups) {
      const present = this.#mappings.get(eventType)
      if (!present && this.#mappings.size >= mapLimits.tablesMax) {
        failures.push(...failuresOf(inputs, eventType, undefined, parts.flatMap(refused)))
        continue
      }
      const fitted = fitRows(parts, present, present && this.#extractors.of(present))
      const mapping = await this.#advance(eventType, present, fitted)
      if (mapping && mapping !== present) changed.push(mapping)
      if (mapping) tables.push(...batchesOf(mapping, fitted.parts))
      failures.push(...failuresOf(inputs, eventType, mapping?.version, fitted.faults))
      const misfits = fitted.faults.filter(({ fault }) => fault.code === 'internal').length
      if (misfits > 0) this.#logger.error('events do not fit their own mapping', { eventType, count: misfits })
    }
    const rowCount = tables.reduce((sum, batch) => sum + batch.rowCount, 0)
    return { tables, rowCount, failures, changed }
  }

  /** The mapping that the fitted rows need, saved; undefined for a new event type of which no row could be made. */
  async #advance(
    eventType: string,
    present: Mapping | undefined,
    { draft, parts, extractor }: Fitted,
  ): Promise<Mapping | undefined> {
    if (!draft || parts.every(({ rows }) => rows.event.length === 0)) return present
    const table = present?.table ?? nameTable(eventType, this.#tables)
    const mapping = draft.finish(eventType, table)
    if (mapping === present) return present
    await this.#save(mapping)
    this.#mappings.set(eventType, mapping)
    this.#tables.add(foldName(table))
    this.#extractors.keep(mapping, extractor)
    const { version, fields, isFull } = mapping
    this.#logger.info('mapping changed', { eventType, table, version, columnCount: fields.length, isFull })
    return mapping
  }
}

function batchesOf(mapping: Mapping, parts: readonly FittedRows[]): RowBatch[] {
  return parts.filter(({ rows }) => rows.event.length > 0).map((part) => batchOf(mapping, part))
}

function batchOf(mapping: Mapping, { rows, extraction }: FittedRows): RowBatch {
  const { eventType, isFull } = mapping
  const traces = tracesOf(mapping, rows)
  const table = tableOf(
    mapping,
    traces.map(({ name }) => name),
  )
  const columns: ColumnData[] = [
    ...systemColumnsOf(rows, eventType),
    ...traces.map(({ column }) => column),
    ...extraction.columns,
  ]
  if (isFull) columns.push(restColumnOf(rows.rests, extraction.rowCount))
  return { table, rowCount: extraction.rowCount, columns }
}

/** Every event, where there is no room for its table. */
function refused({ input, event }: EventRows): EventFault[] {
  const message = `There are ${mapLimits.tablesMax} tables already, and none for this event type`
  return Array.from(input, (place, row) => ({
    input: place,
    event: event[row]!,
    fault: { code: 'too_many_tables', message },
  }))
}

function failuresOf(
  inputs: readonly MapInput[],
  eventType: string,
  mappingVersion: number | undefined,
  faults: readonly EventFault[],
): MapFailure[] {
  return faults.map(({ input, event, fault }) => ({
    offset: inputs[input]!.firstOffset + BigInt(event),
    input,
    event,
    eventType,
    ...fault,
    ...(mappingVersion === undefined ? {} : { mappingVersion }),
  }))
}
