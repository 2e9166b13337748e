/**
 * The views of a semantic layer:
 *
 *   semantic_<table>      every column of the table under its display name, then what is derived in it: harmonised dimensions,
 *                         patterns, calculated measurements of a row
 *   harmonised_<name>     the rows of every table that has the dimension: `_table`, the dimension, `_id` and `_time` where there are
 *                         any, the other harmonised dimensions, measurements as DOUBLE, calculated measurements of a row
 *
 * and those of `totals.ts`.
 */
import { MillraceError } from '../errors.ts'
import type { ResolvedHarmonised } from './harmonised.ts'
import { semanticLimits } from './model.ts'
import { viewOfTable } from './names.ts'
import type { Derived, Resolved, ResolvedTable } from './resolve.ts'
import { columnOfRow, foldName, quoteName, quoteText, rowAlias } from './sql.ts'
import { derivedSql, harmonisedSql } from './table-sql.ts'
import { hasTotals, totalsViewSql, viewOfTotals } from './totals.ts'
import { viewNames } from './view-names.ts'

export interface ViewDraft {
  readonly name: string
  /** One SELECT of the destination. */
  readonly sql: string
}

export interface Views {
  readonly views: readonly ViewDraft[]
  /** Views that cannot be made, and why. */
  readonly faults: ReadonlyMap<string, string>
}

/** SQL of what is derived, of one row; null where only many rows have a value of it. */
type DerivedSql = (table: ResolvedTable, derived: Derived) => string | null

export function viewsOf(resolved: Resolved): Views {
  const [views, faults] = [[] as ViewDraft[], new Map<string, string>()]
  for (const made of eachView(resolved)) {
    if ('sql' in made) views.push(made)
    else faults.set(made.name, made.fault)
  }
  return { views, faults }
}

/** One after the other, for who lets others have a turn between two: one of thousands of columns takes a while. */
export function* eachView(
  resolved: Resolved,
): Generator<ViewDraft | { readonly name: string; readonly fault: string }> {
  const ofTable = once((table: ResolvedTable) => once((derived: Derived) => derivedSql(resolved, table, derived)))
  const sqlOf: DerivedSql = (table, derived) => ofTable(table)(derived)
  const commonOf = once((table: ResolvedTable) => commonColumns(sqlOf, table))
  const make = (name: string, sqlOfView: () => string) => {
    try {
      return { name, sql: sqlOfView() }
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      return { name, fault: error.message }
    }
  }
  for (const table of resolved.tables.values())
    if (table.isDescribed) yield make(viewOfTable(table.table.name), () => tableViewSql(sqlOf, table))
  for (const harmonised of resolved.harmonised.values())
    if (harmonised.sources.size > 0)
      yield make(harmonised.view, () => harmonisedViewSql(resolved, commonOf, harmonised))
  for (const harmonised of resolved.harmonised.values())
    if (hasTotals(resolved, harmonised))
      yield make(viewOfTotals(harmonised.dimension.name), () => within(totalsViewSql(resolved, harmonised, sqlOf)))
}

function tableViewSql(sqlOf: DerivedSql, table: ResolvedTable): string {
  const names = viewNames(table)
  const columns = table.columns.flatMap(({ name }) => {
    const shown = names.get(name)!
    return shown === null ? [] : [`${columnOfRow(name)} AS ${quoteName(shown)}`]
  })
  const derived = table.derived.flatMap((one) => selected(sqlOf(table, one), one.name))
  const all = [...columns, ...derived]
  if (all.reduce((sum, { length }) => sum + length, 0) > semanticLimits.viewCharsMax) throw tooLong()
  return selectFrom(all, table)
}

function harmonisedViewSql(
  resolved: Resolved,
  commonOf: (table: ResolvedTable) => readonly NamedSql[],
  { dimension, type, sources }: ResolvedHarmonised,
): string {
  const parts: string[] = []
  let chars = 0
  for (const [name, source] of sources) {
    const table = resolved.tables.get(name)!
    const common = commonOf(table)
    chars += common.reduce((sum, { sql }) => sum + sql.length, 0)
    if (chars > semanticLimits.viewCharsMax) throw tooLong()
    const columns = [
      `${quoteText(name)} AS "_table"`,
      `${harmonisedSql(resolved, table, source, type)} AS ${quoteName(dimension.name)}`,
      ...common.filter(({ fold }) => fold !== foldName(dimension.name)).map(({ sql }) => sql),
    ]
    parts.push(selectFrom(columns, table))
  }
  return parts.join(' UNION ALL BY NAME ')
}

interface NamedSql {
  readonly fold: string
  readonly sql: string
}

/** What tables may have in common with others: under its name, and of one type everywhere. */
function commonColumns(sqlOf: DerivedSql, table: ResolvedTable): NamedSql[] {
  const names = viewNames(table)
  const times = ['_id', '_time']
    .filter((wanted) => table.columns.some(({ name }) => name === wanted))
    .map((name) => ({ fold: name, sql: `${columnOfRow(name)} AS ${quoteName(name)}` }))
  const measurements = table.columns.flatMap(({ name, role }) => {
    const shown = names.get(name)!
    if (role !== 'measurement' || shown === null) return []
    return [{ fold: foldName(shown), sql: `CAST(${columnOfRow(name)} AS DOUBLE) AS ${quoteName(shown)}` }]
  })
  const derived = (kind: Derived['kind']) =>
    table.derived
      .filter((one) => one.kind === kind)
      .flatMap((one) => selected(sqlOf(table, one), one.name).map((sql) => ({ fold: foldName(one.name), sql })))
  const taken = new Set(['_table'])
  return [...times, ...derived('harmonised-dimension'), ...measurements, ...derived('calculated-measurement')].filter(
    ({ fold }) => {
      const isNew = !taken.has(fold)
      taken.add(fold)
      return isNew
    },
  )
}

/** Gives what was computed before for the same. */
function once<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key))
    return known.get(key)!
  }
}

function within(sql: string): string {
  if (sql.length > semanticLimits.viewCharsMax) throw tooLong()
  return sql
}

function tooLong(): MillraceError {
  return new MillraceError('request_too_large', 'The view comes to too much SQL')
}

function selected(sql: string | null, name: string): string[] {
  return sql === null ? [] : [`${sql} AS ${quoteName(name)}`]
}

function selectFrom(columns: readonly string[], { table }: ResolvedTable): string {
  return `SELECT ${columns.join(', ')} FROM main.${quoteName(table.name)} AS ${rowAlias}`
}
