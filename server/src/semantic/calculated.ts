/** Which calculated measurements can be had, and what each means in each table. */

import { MillraceError } from '../errors.ts'
import type { Column, ColumnType, Table } from '../rows.ts'
import type { SemanticColumn } from './columns.ts'
import { circlesIn } from './cycles.ts'
import { type Faults, keyOf } from './faults.ts'
import { type Formula, namesOf, parseFormula } from './formula.ts'
import {
  canBeOfMany,
  checkFormula,
  type FormulaLevel,
  type FormulaScope,
  type FormulaType,
  type Meaning,
} from './formula-check.ts'
import { type CalculatedMeasurement, semanticLimits } from './model.ts'
import { derivedNameFault, suggestion } from './names.ts'
import { isNumber } from './roles.ts'
import { foldName } from './sql.ts'

export interface ResolvedCalculated {
  readonly measurement: CalculatedMeasurement
  readonly formula: Formula
  /** By table. */
  readonly tables: ReadonlyMap<string, CalculatedInTable>
}

export interface CalculatedInTable {
  /** `rows`: it has aggregates, so that a row alone has no value of it. */
  readonly level: FormulaLevel
  /** Whether it has a value for many rows. */
  readonly isOfMany: boolean
}

/** What formulas can name in a table besides calculated measurements. */
export interface NamedTable {
  readonly table: Table
  readonly columns: readonly SemanticColumn[]
  /** Patterns and harmonised dimensions. */
  readonly derived: readonly Column[]
}

/** Those that can be had in a table at least, by id, each behind those that it names. Others may have a turn where it yields. */
export function* resolveCalculated(
  measurements: readonly CalculatedMeasurement[],
  tables: ReadonlyMap<string, NamedTable>,
  faults: Faults,
): Generator<void, ReadonlyMap<string, ResolvedCalculated>> {
  const parsed = yield* parseAll(measurements, faults)
  const byName = new Map(measurements.map((one) => [foldName(one.name), one]))
  refuseCircles(parsed, byName, faults)
  const bases = new Map([...tables].map(([name, table]) => [name, namesIn(table)]))
  const resolved = new Map<string, ResolvedCalculated>()
  const seen = new Set<string>()
  const room = { columns: semanticLimits.formulaColumnsMax }
  const resolve = (measurement: CalculatedMeasurement): void => {
    const formula = parsed.get(measurement.id)
    if (seen.has(measurement.id) || formula === undefined) return
    seen.add(measurement.id)
    if (faults.has(keyOf('calculated-measurement', measurement.id))) return
    const named = namesOf(formula).flatMap((name) => byName.get(foldName(name)) ?? [])
    for (const other of named) resolve(other)
    const found = resolveOne(measurement, formula, { tables, bases, byName, resolved, room }, faults)
    if (found.size > 0) resolved.set(measurement.id, { measurement, formula, tables: found })
  }
  for (const measurement of measurements) {
    resolve(measurement)
    yield
  }
  return resolved
}

function* parseAll(
  measurements: readonly CalculatedMeasurement[],
  faults: Faults,
): Generator<void, Map<string, Formula>> {
  const parsed = new Map<string, Formula>()
  for (const { id, name, formula } of measurements) {
    const key = keyOf('calculated-measurement', id)
    const fault = derivedNameFault(name)
    if (fault !== undefined) faults.add(key, 'name', fault)
    try {
      parsed.set(id, parseFormula(formula))
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      faults.add(key, 'formula', error.message)
    }
    yield
  }
  return parsed
}

function refuseCircles(
  parsed: ReadonlyMap<string, Formula>,
  byName: ReadonlyMap<string, CalculatedMeasurement>,
  faults: Faults,
): void {
  const next = new Map(
    [...byName.entries()].map(([name, { id }]) => {
      const formula = parsed.get(id)
      return [name, formula === undefined ? [] : namesOf(formula).map(foldName)]
    }),
  )
  for (const [name, circle] of circlesIn(next)) {
    const names = circle.map((one) => byName.get(one)!.name).join(' → ')
    faults.add(keyOf('calculated-measurement', byName.get(name)!.id), 'formula', `It leads back to itself: ${names}`)
  }
}

interface Place {
  readonly table: string
  readonly scope: FormulaScope
  /** Names of the formula that nothing has there. */
  readonly unknownCount: number
}

interface Surroundings {
  readonly tables: ReadonlyMap<string, NamedTable>
  /** What each table has besides calculated measurements. */
  readonly bases: ReadonlyMap<string, ReadonlyMap<string, Meaning | string>>
  readonly byName: ReadonlyMap<string, CalculatedMeasurement>
  readonly resolved: ReadonlyMap<string, ResolvedCalculated>
  /** For further columns, in all tables. */
  readonly room: { columns: number }
}

function resolveOne(
  measurement: CalculatedMeasurement,
  formula: Formula,
  { tables, bases, byName, resolved, room }: Surroundings,
  faults: Faults,
): Map<string, CalculatedInTable> {
  const key = keyOf('calculated-measurement', measurement.id)
  const found = new Map<string, CalculatedInTable>()
  for (const name of measurement.tables ?? [])
    if (!tables.has(name)) faults.add(key, 'tables', `There is no table ${name}${suggestion(name, tables.keys())}`)
  const named = measurement.tables === null ? undefined : new Set(measurement.tables)
  const candidates = [...tables.keys()].filter((table) => named?.has(table) ?? true)
  const folds = namesOf(formula).map(foldName)
  const places = candidates.map((table): Place => {
    const scope = scopeOf(table, bases.get(table)!, { byName, resolved })
    return { table, scope, unknownCount: folds.filter((name) => scope.get(name) === undefined).length }
  })
  // Of many tables most have nothing that it names, which is told sooner than what is wrong with it there.
  const likely = named === undefined ? places.filter(({ unknownCount }) => unknownCount === 0) : places
  if (likely.length > room.columns) {
    faults.add(key, 'tables', tooManyColumns)
    return found
  }
  const attempts = likely.map((place) => ({ ...place, checked: checkFormula(formula, place.scope) }))
  for (const { table, scope, checked } of attempts) {
    if (checked.faults.length === 0)
      found.set(table, { level: checked.level, isOfMany: checked.level === 'rows' || canBeOfMany(formula, scope) })
    else if (measurement.tables !== null)
      for (const fault of checked.faults) faults.add(key, 'formula', `In the table ${table}: ${fault}`)
  }
  if (measurement.tables === null && found.size === 0) tellNearest(key, formula, places, faults)
  room.columns -= found.size
  return found
}

const tooManyColumns = `Formulas make at most ${semanticLimits.formulaColumnsMax} columns, in all tables together: name the tables that this one is of`
/** Tables whose faults are looked at to find the one that comes nearest. */
const nearestMax = 20

/** Of a formula that no table can have, the faults in the table that comes nearest to it. */
function tellNearest(
  key: Parameters<Faults['add']>[0],
  formula: Formula,
  places: readonly Place[],
  faults: Faults,
): void {
  const near = places.toSorted((one, other) => one.unknownCount - other.unknownCount)
  const [best] = near
    .filter(({ unknownCount }) => unknownCount === near[0]!.unknownCount)
    .slice(0, nearestMax)
    .map(({ table, scope }) => ({ table, checked: checkFormula(formula, scope) }))
    .toSorted((one, other) => one.checked.faults.length - other.checked.faults.length)
  if (best === undefined) faults.add(key, 'formula', 'There is no table yet whose columns it could name')
  for (const fault of best?.checked.faults ?? [])
    faults.add(key, 'formula', `In the table ${best!.table}, which comes nearest: ${fault}`)
}

/** What is derived has precedence over columns. */
function scopeOf(
  table: string,
  base: ReadonlyMap<string, Meaning | string>,
  { byName, resolved }: Pick<Surroundings, 'byName' | 'resolved'>,
): FormulaScope {
  return {
    get(name) {
      const measurement = byName.get(name)
      const there = measurement && resolved.get(measurement.id)?.tables.get(table)
      if (there !== undefined) return { type: 'number', level: there.level, canAggregate: there.isOfMany }
      const otherwise = base.get(name)
      if (measurement === undefined || otherwise !== undefined) return otherwise
      return `The calculated measurement ${measurement.name} cannot be had here`
    },
    keys: () => [...base.keys(), ...byName.keys()].values(),
  }
}

/** What a table has besides calculated measurements. A column's own name has precedence over a display name. */
function namesIn({ columns, derived }: NamedTable): Map<string, Meaning | string> {
  const names = new Map<string, Meaning | string>()
  for (const column of columns)
    if (column.displayName !== null) names.set(foldName(column.displayName), meaningOf(column))
  for (const column of columns) names.set(foldName(column.name), meaningOf(column))
  for (const column of derived) names.set(foldName(column.name), meaningOf({ ...column, aggregation: null }))
  return names
}

function meaningOf({
  name,
  type,
  aggregation,
}: Pick<SemanticColumn, 'name' | 'type' | 'aggregation'>): Meaning | string {
  const found = formulaType(type)
  if (found === undefined) return `${name} is a ${type}: formulas take numbers, texts and flags`
  return { type: found, level: 'row', canAggregate: aggregation !== null && aggregation !== 'none' }
}

function formulaType(type: ColumnType): FormulaType | undefined {
  if (isNumber(type)) return 'number'
  if (type === 'VARCHAR') return 'text'
  return type === 'BOOLEAN' ? 'boolean' : undefined
}
