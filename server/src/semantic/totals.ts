/**
 * The view of totals of a harmonised dimension:
 *
 *   harmonised_<name>__totals   for each table that has it and each of its values: `_table`, the dimension, each measurement in its
 *                               aggregation, and each calculated measurement of all those rows
 *
 * Tables are told apart: a value is made of rows of one table alone, whose columns mean the same throughout.
 */
import { finite } from './formula-sql.ts'
import type { ResolvedHarmonised } from './harmonised.ts'
import { viewOfHarmonised } from './names.ts'
import type { Derived, Resolved, ResolvedTable } from './resolve.ts'
import { columnOfRow, foldName, quoteName, quoteText, rowAlias } from './sql.ts'
import { aggregateSql } from './table-sql.ts'
import { viewNames } from './view-names.ts'

/** Two underscores: no other view of a harmonised dimension has them. */
export function viewOfTotals(name: string): string {
  return `${viewOfHarmonised(name)}__totals`
}

/** Whether there is anything to tell beyond what the rows themselves tell: a calculated measurement of many rows. */
export function hasTotals(resolved: Resolved, { sources }: ResolvedHarmonised): boolean {
  const { tables, calculated } = resolved
  return [...sources.keys()].some((name) =>
    tables
      .get(name)!
      .derived.some(
        ({ kind, id }) => kind === 'calculated-measurement' && calculated.get(id)!.tables.get(name)!.isOfMany,
      ),
  )
}

export function totalsViewSql(
  resolved: Resolved,
  { dimension, sources }: ResolvedHarmonised,
  sqlOf: (table: ResolvedTable, derived: Derived) => string | null,
): string {
  return [...sources.keys()]
    .map((name) => totalsOf(resolved, resolved.tables.get(name)!, dimension.id, sqlOf))
    .join(' UNION ALL BY NAME ')
}

function totalsOf(
  resolved: Resolved,
  table: ResolvedTable,
  dimensionId: string,
  sqlOf: (table: ResolvedTable, derived: Derived) => string | null,
): string {
  // Under names of their own, so that no name of a total can be taken for that of what it is made of.
  const columnAs = new Map(table.columns.map(({ name }, place) => [name, `c${place}`]))
  const derivedAs = new Map(table.derived.map((derived, place) => [derived, `d${place}`]))
  const rows = [
    ...table.columns.map(({ name }) => `${columnOfRow(name)} AS ${columnAs.get(name)}`),
    ...table.derived.flatMap((derived) => {
      const sql = sqlOf(table, derived)
      return sql === null ? [] : [`${sql} AS ${derivedAs.get(derived)}`]
    }),
  ]
  const columnSql = (name: string) => columnOfRow(columnAs.get(name)!)
  const dimension = table.derived.find(({ kind, id }) => kind === 'harmonised-dimension' && id === dimensionId)!
  const taken = new Set(['_table', foldName(dimension.name)])
  const totals = [...measurementTotals(table, columnSql), ...calculatedTotals(resolved, table, columnSql, derivedAs)]
  const columns = [
    `${quoteText(table.table.name)} AS "_table"`,
    `${columnOfRow(derivedAs.get(dimension)!)} AS ${quoteName(dimension.name)}`,
    ...totals.filter(({ name }) => !taken.has(foldName(name))).map(({ name, sql }) => `${sql} AS ${quoteName(name)}`),
  ]
  const from = `(SELECT ${rows.join(', ')} FROM main.${quoteName(table.table.name)} AS ${rowAlias}) AS ${rowAlias}`
  return `SELECT ${columns.join(', ')} FROM ${from} GROUP BY 1, 2`
}

interface NamedSql {
  readonly name: string
  readonly sql: string
}

function measurementTotals(table: ResolvedTable, columnSql: (name: string) => string): NamedSql[] {
  const names = viewNames(table)
  return table.columns.flatMap(({ name, role, aggregation }) => {
    const shown = names.get(name)!
    if (role !== 'measurement' || aggregation === 'none' || shown === null) return []
    const value = `${aggregation}(CAST(${columnSql(name)} AS DOUBLE))`
    return [{ name: shown, sql: aggregation === 'count' ? `CAST(${value} AS DOUBLE)` : value }]
  })
}

function calculatedTotals(
  resolved: Resolved,
  table: ResolvedTable,
  columnSql: (name: string) => string,
  derivedAs: ReadonlyMap<Derived, string>,
): NamedSql[] {
  return table.derived.flatMap((derived) => {
    if (derived.kind !== 'calculated-measurement') return []
    const sql = aggregateSql(resolved, table, derived.id, columnSql, (one) => columnOfRow(derivedAs.get(one)!))
    return sql === null ? [] : [{ name: derived.name, sql: finite(sql) }]
  })
}
