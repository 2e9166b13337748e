/**
 * The views of a semantic layer:
 *
 *   semantic_<table>      every column of the table under its display name, then what is derived in it: harmonised dimensions,
 *                         patterns, calculated measurements of a row
 *   harmonised_<name>     the rows of every table that has the dimension: `_table`, the dimension, `_id` and `_time` where there are
 *                         any, the other harmonised dimensions, measurements as DOUBLE, calculated measurements of a row
 */
import { MillraceError } from '../errors.ts'
import { type Fault, keyOf, keyOfColumn, type ObjectKey } from './faults.ts'
import type { ResolvedHarmonised } from './harmonised.ts'
import { semanticLimits } from './model.ts'
import { viewOfTable } from './names.ts'
import type { Resolved, ResolvedTable } from './resolve.ts'
import { columnOfRow, foldName, quoteName, quoteText, rowAlias } from './sql.ts'
import { derivedSql, harmonisedSql } from './table-sql.ts'
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

export function viewsOf(resolved: Resolved): Views {
  const views: ViewDraft[] = []
  const faults = new Map<string, string>()
  const add = (name: string, make: () => string) => {
    try {
      const sql = make()
      if (sql.length > semanticLimits.viewCharsMax)
        throw new MillraceError('request_too_large', 'The view comes to too much SQL')
      views.push({ name, sql })
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      faults.set(name, error.message)
    }
  }
  for (const table of resolved.tables.values())
    if (table.isDescribed) add(viewOfTable(table.table.name), () => tableViewSql(resolved, table))
  for (const harmonised of resolved.harmonised.values())
    if (harmonised.sources.size > 0) add(harmonised.view, () => harmonisedViewSql(resolved, harmonised))
  return { views, faults }
}

/** The views in which an object is. */
export function viewsOfObject(resolved: Resolved, key: ObjectKey): string[] {
  const inTables = [...resolved.tables.values()].filter(
    ({ table, derived, columns }) =>
      derived.some(({ kind, id }) => keyOf(kind, id) === key) ||
      columns.some(({ name }) => keyOfColumn(table.name, name) === key),
  )
  const own = [...resolved.harmonised.values()].filter(
    ({ dimension: { id } }) => keyOf('harmonised-dimension', id) === key,
  )
  return [...inTables.map(({ table }) => viewOfTable(table.name)), ...own.map(({ view }) => view)]
}

/** Faults of an object's definition, then those of its views. */
export function faultsOfObject(
  resolved: Resolved,
  key: ObjectKey,
  viewFaults: ReadonlyMap<string, string>,
): readonly Fault[] {
  const views = viewsOfObject(resolved, key).filter((view) => viewFaults.has(view))
  return [
    ...resolved.faults.of(key),
    ...views.map((view) => ({ field: '', message: `The view ${view} could not be made: ${viewFaults.get(view)}` })),
  ]
}

function tableViewSql(resolved: Resolved, table: ResolvedTable): string {
  const names = viewNames(table)
  const columns = table.columns.flatMap(({ name }) => {
    const shown = names.get(name)!
    return shown === null ? [] : [`${columnOfRow(name)} AS ${quoteName(shown)}`]
  })
  const derived = table.derived.flatMap((one) => selected(derivedSql(resolved, table, one), one.name))
  return selectFrom([...columns, ...derived], table)
}

function harmonisedViewSql(resolved: Resolved, { dimension, type, sources }: ResolvedHarmonised): string {
  const parts = [...sources.entries()].map(([name, source]) => {
    const table = resolved.tables.get(name)!
    return selectFrom(
      [
        `${quoteText(name)} AS "_table"`,
        `${harmonisedSql(resolved, table, source, type)} AS ${quoteName(dimension.name)}`,
        ...timeColumns(table),
        ...commonColumns(resolved, table, dimension.name),
      ],
      table,
    )
  })
  return parts.join(' UNION ALL BY NAME ')
}

/** Of a table that events fill. */
function timeColumns({ table: { columns } }: ResolvedTable): string[] {
  return ['_id', '_time']
    .filter((wanted) => columns.some(({ name }) => name === wanted))
    .map((name) => `${columnOfRow(name)} AS ${quoteName(name)}`)
}

/** What tables may have in common with others: under its name, and of one type everywhere. */
function commonColumns(resolved: Resolved, table: ResolvedTable, except: string): string[] {
  const names = viewNames(table)
  const taken = new Set(['_table', '_id', '_time', foldName(except)])
  const isNew = (name: string) => {
    if (taken.has(foldName(name))) return false
    taken.add(foldName(name))
    return true
  }
  const dimensions = table.derived.filter(({ kind, name }) => kind === 'harmonised-dimension' && isNew(name))
  const calculated = table.derived.filter(({ kind, name }) => kind === 'calculated-measurement' && isNew(name))
  const measurements = table.columns
    .filter(({ role }) => role === 'measurement')
    .flatMap(({ name }) => {
      const shown = names.get(name)!
      return shown === null || !isNew(shown) ? [] : [`CAST(${columnOfRow(name)} AS DOUBLE) AS ${quoteName(shown)}`]
    })
  const sqlOf = (derived: typeof dimensions) =>
    derived.flatMap((one) => selected(derivedSql(resolved, table, one), one.name))
  return [...sqlOf(dimensions), ...measurements, ...sqlOf(calculated)]
}

function selected(sql: string | null, name: string): string[] {
  return sql === null ? [] : [`${sql} AS ${quoteName(name)}`]
}

function selectFrom(columns: readonly string[], { table }: ResolvedTable): string {
  return `SELECT ${columns.join(', ')} FROM main.${quoteName(table.name)} AS ${rowAlias}`
}
