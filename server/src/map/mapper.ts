/**
 * The map stage: events become rows of typed tables, one table for each event type or as people arrange it. Under AUTO_MAP new fields
 * become columns, columns widen in place, and no value ever changes its meaning; an event that cannot become a row costs only itself.
 */
import { MillraceError } from '../errors.ts'
import { type EventTypeStatistics, type MappingMode, mappingModes } from '../mappings.ts'
import type { Table } from '../rows.ts'
import type { Logger } from '../telemetry.ts'
import type { MapInput } from './event-rows.ts'
import { Extractors } from './extractors.ts'
import { FieldStatistics } from './field-statistics.ts'
import type { Mapped } from './harvest.ts'
import { mapRound } from './map-round.ts'
import { type Mapping, mappingSchema } from './mapping.ts'
import { applyChange } from './mapping-change/apply.ts'
import type { MappingChange, NamedChange } from './mapping-change/change.ts'
import { declared } from './mapping-change/declare.ts'
import { withoutTable } from './mapping-change/drop.ts'
import { forgotten } from './mapping-change/forget.ts'
import { invalidMapping } from './mapping-change/invalid.ts'
import { changeTogether } from './mapping-change/together.ts'
import { Mappings } from './mappings.ts'
import { foldName } from './sql-name.ts'
import { inTurn } from './turns.ts'

export type { MapFailure, Mapped } from './harvest.ts'

export interface Mapper {
  /**
   * The events of several log records, in order; within a table their rows keep it. Versions of mappings that they make necessary
   * are saved when it resolves. Calls of this and of what changes mappings take turns; a repeat gives the same rows.
   * @throws Whatever `save` throws; the events may then be mapped again.
   */
  map(inputs: readonly MapInput[]): Promise<Mapped>
  /**
   * Makes the mapping what `change` says, as a new version that counts from the next `map`; the same again changes nothing.
   * @throws MillraceError `invalid_mapping` with `fields`: all that is wrong with it, and nothing changes.
   */
  set(eventType: string, change: MappingChange): Promise<Mapping>
  /**
   * Makes several mappings what is given, or removes them (null), under a default mode: `commit` is given all versions that this makes
   * and says whether they stand, durably; only then do they count. Nothing is mapped meanwhile.
   * @throws MillraceError `invalid_mapping`, its `fields` by `name.fields.0.type`: all that is wrong; what `commit` throws. Nothing changes.
   */
  setTogether(changes: readonly NamedChange[], options: { mode?: MappingMode; commit: CommitMappings }): Promise<void>
  /** Removes a mapping; its table stays. Under AUTO_MAP new events bring it back. @throws MillraceError `not_found`. */
  forget(eventType: string): Promise<void>
  /** The mode of event types that have none of their own; keeping it is the caller's. @throws MillraceError `invalid_mapping`. */
  setDefaultMode(mode: MappingMode): Promise<void>
  /** Keeps a table from being filled, which is made by something else than events. @throws MillraceError `query_refused`: a mapping has it. */
  reserve(table: string): Promise<void>
  /**
   * Puts on record what a person makes of a table: new columns, and wider ones, in which event types that fill them follow.
   * @throws MillraceError `invalid_mapping` with `fields`: all that is wrong with it, and nothing changes.
   */
  declare(table: Table): Promise<void>
  /** A table was dropped: mappings that are in force keep their fields, all else that is known of it goes. */
  dropped(table: string): Promise<void>
  /** The newest versions, without those that were removed. */
  mappings(): readonly Mapping[]
  /** What was seen in the fields of an event type; undefined where nothing was. */
  statistics(eventType: string): EventTypeStatistics | undefined
  clearStatistics(eventType: string): void
}

export type CommitMappings = (versions: readonly Mapping[]) => Promise<boolean>

export interface MapperSettings {
  /** The newest version of each event type's mapping, as it was saved. */
  readonly mappings: readonly unknown[]
  /** AUTO_MAP unless said otherwise. */
  readonly defaultMode?: MappingMode
  /** Must be durable when it resolves; saving the same again must change nothing. */
  readonly save: (mapping: Mapping) => Promise<void>
  /**
   * Whether a table has rows, which keeps its primary key as it is. Without it, a table that was mapped when the mapper was opened
   * counts as one that has.
   */
  readonly isFilled?: (table: string) => Promise<boolean>
  /** Tables that are made by something else than events: see `reserve`. */
  readonly reservedTables?: readonly string[]
  /** Where it is kept on record what was seen in fields. */
  readonly statistics?: FieldStatistics
  readonly logger: Logger
}

/** @throws ZodError A mapping is none. */
export function openMapper(settings: MapperSettings): Mapper {
  return new TurnMapper(settings)
}

/** Extractors kept open. */
const extractorsMax = 256

class TurnMapper implements Mapper {
  readonly #settings: MapperSettings
  readonly #logger: Logger
  readonly #mappings: Mappings
  readonly #statistics: FieldStatistics
  readonly #extractors = new Extractors(extractorsMax)
  readonly #turn = inTurn()
  /** Folds of the names of tables that may have rows. */
  readonly #filled: Set<string>
  /** Folds of the names of tables whose newest rows may be on their way to them still. */
  #underWay: ReadonlySet<string> = new Set()
  #defaultMode: MappingMode

  constructor(settings: MapperSettings) {
    const {
      mappings,
      save,
      logger,
      defaultMode = 'AUTO_MAP',
      reservedTables = [],
      statistics = new FieldStatistics(),
    } = settings
    const parsed = mappings.map((mapping) => mappingSchema.parse(mapping))
    this.#settings = settings
    this.#mappings = new Mappings(parsed, save)
    this.#filled = this.#mappings.tableNames()
    for (const table of reservedTables) this.#mappings.reserve(table)
    this.#statistics = statistics
    this.#logger = logger
    this.#defaultMode = defaultMode
  }

  map(inputs: readonly MapInput[]): Promise<Mapped> {
    return this.#turn(() => this.#map(inputs))
  }

  set(eventType: string, change: MappingChange): Promise<Mapping> {
    return this.#turn(async () => {
      const mapping = await applyChange(eventType, change, {
        mappings: this.#mappings,
        defaultMode: this.#defaultMode,
        isFilled: (table) => this.#isFilled(table),
      })
      if (mapping !== this.#mappings.get(eventType)) await this.#keep(mapping)
      return this.#mappings.get(eventType)!
    })
  }

  setTogether(
    changes: readonly NamedChange[],
    { mode = this.#defaultMode, commit }: { mode?: MappingMode; commit: CommitMappings },
  ): Promise<void> {
    return this.#turn(async () => {
      const isFilled = (table: string) => this.#isFilled(table)
      const versions = await changeTogether(changes, { mappings: this.#mappings, defaultMode: mode, isFilled })
      if (!(await commit(versions))) return
      this.#mappings.adopt(versions)
      for (const { eventType, table, version, isForgotten } of versions) {
        if (isForgotten) this.#statistics.clear(eventType)
        this.#logger.info('mapping changed', { eventType, table, version })
      }
      if (mode === this.#defaultMode) return
      this.#defaultMode = mode
      this.#extractors.clear()
    })
  }

  forget(eventType: string): Promise<void> {
    return this.#turn(async () => {
      await this.#keep(forgotten(eventType, this.#mappings.get(eventType)))
      this.#statistics.clear(eventType)
    })
  }

  setDefaultMode(mode: MappingMode): Promise<void> {
    return this.#turn(async () => {
      if (!mappingModes.includes(mode))
        throw invalidMapping([{ field: 'mode', message: `There is no mode ${JSON.stringify(mode)}` }])
      this.#defaultMode = mode
      this.#extractors.clear()
    })
  }

  reserve(table: string): Promise<void> {
    return this.#turn(async () => {
      if (!this.#mappings.reserve(table)) throw filledByEvents(table)
    })
  }

  declare(table: Table): Promise<void> {
    return this.#turn(async () => void (await this.#keep(declared(table, this.#mappings))))
  }

  dropped(table: string): Promise<void> {
    return this.#turn(async () => {
      for (const mapping of this.#mappings.all()) {
        const next = withoutTable(mapping, table)
        if (next) await this.#keep(next)
      }
      this.#mappings.release(table)
      const fold = foldName(table)
      this.#filled.delete(fold)
      this.#underWay = new Set([...this.#underWay].filter((name) => name !== fold))
    })
  }

  mappings(): readonly Mapping[] {
    return this.#mappings.all().filter(({ isForgotten }) => !isForgotten)
  }

  statistics(eventType: string): EventTypeStatistics | undefined {
    return this.#statistics.of(eventType)
  }

  clearStatistics(eventType: string): void {
    this.#statistics.clear(eventType)
  }

  async #isFilled(table: string): Promise<boolean> {
    const fold = foldName(table)
    const { isFilled = async () => this.#filled.has(fold) } = this.#settings
    return this.#underWay.has(fold) || isFilled(table)
  }

  async #map(inputs: readonly MapInput[]): Promise<Mapped> {
    await this.#mappings.settle()
    const harvest = await mapRound(inputs, {
      mappings: this.#mappings,
      extractors: this.#extractors,
      defaultMode: this.#defaultMode,
      logger: this.#logger,
      keep: (mapping) => this.#keep(mapping),
    })
    const mapped = harvest.finish()
    this.#underWay = new Set(mapped.tables.map(({ table }) => foldName(table.name)))
    for (const fold of this.#underWay) this.#filled.add(fold)
    this.#statistics.note(harvest)
    return mapped
  }

  /** @returns the mappings that changed with it. */
  async #keep(mapping: Mapping): Promise<Mapping[]> {
    const others = await this.#mappings.put(mapping)
    for (const { eventType, table, version, fields, isFull } of [mapping, ...others])
      this.#logger.info('mapping changed', { eventType, table, version, columnCount: fields.length, isFull })
    return others
  }
}

function filledByEvents(table: string): MillraceError {
  return new MillraceError('query_refused', `The table ${table} is one that events fill`, {
    hint: 'Name another table.',
  })
}
