/**
 * A semantic layer held against the tables that there are: what each column is, what can be derived in which table, and what is
 * wrong with whatever cannot. Pure, and quick enough to be done whenever somebody asks.
 */
import type { Column, Table } from '../rows.ts'
import { type NamedTable, type ResolvedCalculated, resolveCalculated } from './calculated.ts'
import { columnsOf, type SemanticColumn } from './columns.ts'
import { Faults, keyOf, keyOfColumn, type ObjectKey } from './faults.ts'
import { type ResolvedHarmonised, resolveHarmonised } from './harmonised.ts'
import type { ColumnSetting, Pattern, PatternSource, SemanticModel } from './model.ts'
import { suggestion } from './names.ts'
import { refuseSameNames, refuseTooManyEntries, resolvePatterns, sourceIn } from './patterns.ts'
import { foldName } from './sql.ts'
import { atOnce, inTurns } from './turns.ts'

export interface Resolved {
  /** By name, in the order of the names. */
  readonly tables: ReadonlyMap<string, ResolvedTable>
  /** Those that can be had, by id. */
  readonly patterns: ReadonlyMap<string, Pattern>
  readonly harmonised: ReadonlyMap<string, ResolvedHarmonised>
  readonly calculated: ReadonlyMap<string, ResolvedCalculated>
  readonly faults: Faults
}

export interface ResolvedTable {
  readonly table: Table
  readonly columns: readonly SemanticColumn[]
  /** What is derived in it, in the order of its view: names differ, whatever their case. */
  readonly derived: readonly Derived[]
  /** What formulas can name, by the folds of the names. */
  readonly named: {
    readonly columns: ReadonlyMap<string, SemanticColumn>
    readonly derived: ReadonlyMap<string, Derived>
  }
  /** Whether somebody said something of it, so that it has a view. */
  readonly isDescribed: boolean
}

export type Derived =
  | {
      readonly kind: 'harmonised-dimension'
      readonly id: string
      readonly name: string
      readonly source: PatternSource
    }
  | { readonly kind: 'pattern'; readonly id: string; readonly name: string; readonly source: PatternSource }
  | { readonly kind: 'calculated-measurement'; readonly id: string; readonly name: string }

/** At once. A layer of thousands of formulas takes a good part of a second: a thread that others wait for takes `resolveInTurns`. */
export function resolve(model: SemanticModel, tables: readonly Table[]): Resolved {
  return atOnce(resolving(model, tables))
}

export function resolveInTurns(model: SemanticModel, tables: readonly Table[]): Promise<Resolved> {
  return inTurns(resolving(model, tables))
}

function* resolving(model: SemanticModel, given: readonly Table[]): Generator<void, Resolved> {
  const faults = new Faults()
  const tables = new Map(given.toSorted(byName).map((table) => [table.name, table]))
  const settings = Map.groupBy(model.columns, ({ table }) => table)
  refuseUnknownTables(model.columns, tables, faults)
  const columns = new Map(
    [...tables.values()].map((table) => [table.name, columnsOf(table, settings.get(table.name) ?? [], faults)]),
  )
  refuseSameNames('pattern', model.patterns, faults)
  refuseSameNames('calculated-measurement', model.calculatedMeasurements, faults)
  refuseTooManyEntries(model.patterns, faults)
  const patterns = resolvePatterns(model.patterns, tables, faults)
  const allPatterns = new Map(model.patterns.map((pattern) => [pattern.id, pattern]))
  const harmonised = resolveHarmonised(
    model.harmonisedDimensions,
    { tables, patterns: allPatterns, sound: patterns },
    faults,
  )
  const textsOf = new Map<string, Derived[]>()
  const named = new Map<string, NamedTable>()
  for (const [name, table] of tables) {
    const texts = textsIn(name, patterns, harmonised, faults)
    const typeOf = ({ kind, id }: Derived) => (kind === 'harmonised-dimension' ? harmonised.get(id)!.type : 'VARCHAR')
    const derived = texts.map((one): Column => ({ name: one.name, type: typeOf(one) }))
    textsOf.set(name, texts)
    named.set(name, { table, columns: columns.get(name)!, derived })
    yield
  }
  const calculated = yield* resolveCalculated(model.calculatedMeasurements, named, faults)
  const resolved: ResolvedTable[] = []
  for (const table of tables.values()) {
    const derived = [...textsOf.get(table.name)!]
    addCalculated(derived, table.name, calculated, faults)
    refuseColumnNames(table.name, derived, columns.get(table.name)!, faults)
    const isDescribed = derived.length > 0 || settings.has(table.name)
    const named = {
      columns: columnsByName(columns.get(table.name)!),
      derived: new Map(derived.map((one) => [foldName(one.name), one])),
    }
    resolved.push({ table, columns: columns.get(table.name)!, derived, named, isDescribed })
    yield
  }
  return {
    tables: new Map(resolved.map((one) => [one.table.name, one])),
    patterns,
    harmonised,
    calculated,
    faults,
  }
}

/** A column's own name has precedence over a display name. */
function columnsByName(columns: readonly SemanticColumn[]): Map<string, SemanticColumn> {
  const named = columns.filter(({ displayName }) => displayName !== null)
  return new Map([
    ...named.map((column) => [foldName(column.displayName!), column] as const),
    ...columns.map((column) => [foldName(column.name), column] as const),
  ])
}

function byName(one: Table, other: Table): number {
  return one.name < other.name ? -1 : 1
}

function refuseUnknownTables(
  settings: readonly ColumnSetting[],
  tables: ReadonlyMap<string, Table>,
  faults: Faults,
): void {
  for (const { table, column } of settings)
    if (!tables.has(table))
      faults.add(keyOfColumn(table, column), 'table', `There is no table ${table}${suggestion(table, tables.keys())}`)
}

/** Harmonised dimensions, then patterns. A pattern that one of its name is made of is that one. */
function textsIn(
  table: string,
  patterns: ReadonlyMap<string, Pattern>,
  harmonised: Resolved['harmonised'],
  faults: Faults,
): Derived[] {
  const derived: Derived[] = [...harmonised.values()].flatMap(({ dimension: { id, name }, sources }) => {
    const source = sources.get(table)
    return source === undefined ? [] : [{ kind: 'harmonised-dimension' as const, id, name, source }]
  })
  // Patterns have names of their own already.
  const taken = new Map(derived.map((one) => [foldName(one.name), one]))
  for (const pattern of patterns.values()) {
    const source = sourceIn(pattern, table)
    if (source === undefined) continue
    const same = taken.get(foldName(pattern.name))
    if (same === undefined) derived.push({ kind: 'pattern', id: pattern.id, name: pattern.name, source })
    else if (!('source' in same && 'pattern' in same.source && same.source.pattern === pattern.id))
      refuseBoth(table, same, { kind: 'pattern', id: pattern.id, name: pattern.name }, faults)
  }
  return derived
}

function addCalculated(derived: Derived[], table: string, calculated: Resolved['calculated'], faults: Faults): void {
  const taken = new Map(derived.map((one) => [foldName(one.name), one]))
  for (const { measurement, tables } of calculated.values()) {
    if (!tables.has(table)) continue
    const one = { kind: 'calculated-measurement' as const, id: measurement.id, name: measurement.name }
    const same = taken.get(foldName(one.name))
    if (same === undefined) derived.push(one)
    else refuseBoth(table, same, one, faults)
  }
}

/** The first keeps its name; whoever saves it is told. */
function refuseBoth(
  table: string,
  one: Pick<Derived, 'kind' | 'id' | 'name'>,
  other: Pick<Derived, 'kind' | 'id' | 'name'>,
  faults: Faults,
): void {
  const called = ({ kind, name }: typeof one) =>
    `In the table ${table} a ${kind.replace('-', ' ')} is called ${name} already`
  faults.addTaken(keyOf(other.kind, other.id), called(one))
  faults.addClash(keyOf(one.kind, one.id), called(other))
}

/** A column that comes later makes way: see `view-names.ts`. */
function refuseColumnNames(
  table: string,
  derived: readonly Derived[],
  columns: readonly SemanticColumn[],
  faults: Faults,
): void {
  const names = new Map(
    columns.flatMap(({ name, displayName }) => [name, displayName ?? name].map((one) => [foldName(one), name])),
  )
  for (const one of derived) {
    const column = names.get(foldName(one.name))
    if (column === undefined || isThatColumn(one, column)) continue
    faults.addClash(keyOf(one.kind, one.id), `There is a column ${column} in the table ${table} already`)
  }
}

/** A harmonised dimension may have the name of the column that it is. */
function isThatColumn(derived: Derived, column: string): boolean {
  return derived.kind === 'harmonised-dimension' && 'column' in derived.source && derived.source.column === column
}

/** Whether the object is as it should be; else why not. */
export function reasonOf({ faults }: Pick<Resolved, 'faults'>, key: ObjectKey): string | null {
  const found = faults.of(key)
  return found.length === 0 ? null : found.map(({ message }) => message).join('. ')
}
