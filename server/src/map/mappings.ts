/**
 * The newest version of each event type's mapping. Where several fill one table they agree on its columns: what one comes to hold is
 * put on record with all of them.
 */
import { isDeepStrictEqual } from 'node:util'
import { mapLimits } from './limits.ts'
import { type Field, isFixed, type Mapping } from './mapping.ts'
import { foldName } from './sql-name.ts'
import { columnsOf, type KnownColumn } from './table-columns.ts'

export class Mappings {
  readonly #byEventType: Map<string, Mapping>
  /** By folded name: the event types that fill a table, removed ones included. */
  readonly #users = new Map<string, Set<string>>()
  /** Folds of tables that mappings had before. */
  readonly #formerTables = new Set<string>()
  /** Folds of tables that are not made of events. */
  readonly #reserved = new Set<string>()
  /** Tables of which a version was saved, but not yet those of the others that must agree with it. */
  readonly #unsettled = new Set<string>()
  readonly #save: (mapping: Mapping) => Promise<void>

  constructor(mappings: readonly Mapping[], save: (mapping: Mapping) => Promise<void>) {
    this.#save = save
    this.#byEventType = new Map()
    for (const mapping of mappings) this.#hold(mapping)
    // A crash may have come between the versions of two event types that fill one table.
    for (const table of new Set(mappings.map(({ table }) => table))) {
      if (this.#usersOf(table).size > 1) for (const agreed of this.#disagreeing(table)) this.#hold(agreed)
    }
  }

  get(eventType: string): Mapping | undefined {
    return this.#byEventType.get(eventType)
  }

  all(): Mapping[] {
    return [...this.#byEventType.values()]
  }

  get isFullOfTables(): boolean {
    return this.#byEventType.size >= mapLimits.tablesMax
  }

  /** Folds of all tables that there are or were, or that are others'. */
  tableNames(): Set<string> {
    return new Set([...this.#users.keys(), ...this.#formerTables, ...this.#reserved])
  }

  /** Whether a table is somebody else's. */
  isReserved(table: string): boolean {
    return this.#reserved.has(foldName(table))
  }

  /** Keeps a table from being filled. @returns whether nothing fills it now. */
  reserve(table: string): boolean {
    if ([...this.#usersOf(table)].some((user) => !this.#byEventType.get(user)!.isForgotten)) return false
    this.#reserved.add(foldName(table))
    return true
  }

  /** Frees the name of a table that is dropped, unless a mapping has it still. */
  release(table: string): void {
    const fold = foldName(table)
    if (this.#usersOf(table).size === 0) this.#users.delete(fold)
    this.#formerTables.delete(fold)
    this.#reserved.delete(fold)
  }

  /** Folds of columns of the mapping's table whose types were fixed for other event types. */
  fixedElsewhere({ eventType, table }: Mapping): ReadonlySet<string> {
    const users = this.#usersOf(table)
    if (users.size < 2) return nothing
    const others = [...users].filter((user) => user !== eventType).map((user) => this.#byEventType.get(user)!)
    return new Set(others.flatMap(({ fields }) => fields.filter(isFixed).map(({ column }) => foldName(column))))
  }

  /** Saves a version and, where it shares its table, those of the others that must agree with it. @returns these others. */
  async put(mapping: Mapping): Promise<Mapping[]> {
    await this.#save(mapping)
    this.#hold(mapping)
    this.#unsettled.add(mapping.table)
    return this.settle()
  }

  /** Saves what an earlier `put` could not, since its `save` threw. @returns the versions. */
  async settle(): Promise<Mapping[]> {
    const saved: Mapping[] = []
    for (const table of this.#unsettled) {
      const others = this.#usersOf(table).size < 2 ? [] : this.#disagreeing(table)
      for (const other of others) {
        await this.#save(other)
        this.#hold(other)
        saved.push(other)
      }
      this.#unsettled.delete(table)
    }
    return saved
  }

  /** The same, to be changed without this: its versions are given to `save`. */
  copy(save: (mapping: Mapping) => Promise<void>): Mappings {
    const copy = new Mappings(this.all(), save)
    for (const table of this.#reserved) copy.#reserved.add(table)
    for (const former of this.#formerTables) copy.#formerTables.add(former)
    return copy
  }

  /** Takes versions that are saved already, in the order in which they were made. */
  adopt(versions: readonly Mapping[]): void {
    for (const version of versions) this.#hold(version)
  }

  #hold(mapping: Mapping): void {
    const { eventType, table, formerTables } = mapping
    const before = this.#byEventType.get(eventType)
    if (before && before.table !== table) this.#users.get(foldName(before.table))?.delete(eventType)
    this.#byEventType.set(eventType, mapping)
    for (const former of formerTables) this.#formerTables.add(foldName(former))
    if (table === '') return
    const users = this.#users.get(foldName(table)) ?? new Set()
    users.add(eventType)
    this.#users.set(foldName(table), users)
  }

  #usersOf(table: string): ReadonlySet<string> {
    return this.#users.get(foldName(table)) ?? nothing
  }

  /** The next versions of those that do not say yet what a table's columns hold. */
  #disagreeing(table: string): Mapping[] {
    const mappings = [...this.#usersOf(table)].map((user) => this.#byEventType.get(user)!)
    const columns = columnsOf(mappings, table)
    return mappings.flatMap((mapping) => {
      const fields = mapping.fields.map((field) => agreed(field, columns))
      return isDeepStrictEqual(fields, mapping.fields) ? [] : [{ ...mapping, version: mapping.version + 1, fields }]
    })
  }
}

const nothing: ReadonlySet<string> = new Set()

function agreed(field: Field, columns: ReadonlyMap<string, KnownColumn>): Field {
  const { type, seen } = columns.get(foldName(field.column))!
  return { ...field, type, seen }
}
