/** Expressions about one row of a table, and about many: its columns, and what is derived in it. */
import type { Column, ColumnType } from '../rows.ts'
import { type FormulaNames, finite, rowSql, rowsSql } from './formula-sql.ts'
import type { PatternSource } from './model.ts'
import { sourceIn } from './patterns.ts'
import type { Derived, Resolved, ResolvedTable } from './resolve.ts'
import { isNumber } from './roles.ts'
import { patternSql } from './rule-sql.ts'
import { columnOfRow, quoteName } from './sql.ts'

/** The text of what a pattern derives its value from, or what a harmonised dimension is. */
export function sourceSql(
  resolved: Pick<Resolved, 'patterns'>,
  { columns }: Pick<ResolvedTable, 'columns'>,
  source: PatternSource,
): string {
  if ('column' in source) return textSql(columns.find(({ name }) => name === source.column)!)
  const pattern = resolved.patterns.get(source.pattern)!
  return patternSql(pattern, sourceSql(resolved, { columns }, sourceIn(pattern, source.table)!), resolved)
}

/** What a harmonised dimension is in a table, as of the type that it has everywhere. */
export function harmonisedSql(
  resolved: Pick<Resolved, 'patterns'>,
  table: Pick<ResolvedTable, 'columns'>,
  source: PatternSource,
  type: ColumnType,
): string {
  return type !== 'VARCHAR' && 'column' in source ? columnOfRow(source.column) : sourceSql(resolved, table, source)
}

/** A value as text: what a text column holds, and what stands in a JSON string. */
export function textSql({ name, type }: Column): string {
  if (type === 'VARCHAR') return columnOfRow(name)
  return type === 'JSON' ? `(${columnOfRow(name)} ->> '$')` : `CAST(${columnOfRow(name)} AS VARCHAR)`
}

/** What is derived, of one row; null where only many rows have a value of it. */
export function derivedSql(resolved: Resolved, table: ResolvedTable, derived: Derived): string | null {
  if (derived.kind === 'pattern') return sourceSql(resolved, table, { table: table.table.name, pattern: derived.id })
  if (derived.kind === 'harmonised-dimension') {
    const { type } = resolved.harmonised.get(derived.id)!
    return harmonisedSql(resolved, table, derived.source, type)
  }
  const { formula, tables } = resolved.calculated.get(derived.id)!
  if (tables.get(table.table.name)!.level === 'rows') return null
  return finite(rowSql(formula, namesOfRow(resolved, table)))
}

/**
 * A calculated measurement of many rows of a table's view, for a query with or without GROUP BY; null where it has none.
 * @param columnSql a column of the table as the query has it
 * @param derivedRowSql what is derived as it has that
 */
export function aggregateSql(
  resolved: Resolved,
  table: ResolvedTable,
  id: string,
  columnSql: (column: string) => string,
  derivedRowSql: (derived: Derived) => string = ({ name }) => quoteName(name),
): string | null {
  const { formula, tables } = resolved.calculated.get(id)!
  if (!tables.get(table.table.name)!.isOfMany) return null
  return rowsSql(formula, formulaNames(resolved, table, columnSql, derivedRowSql))
}

/** In the view itself, whose columns cannot name each other. */
function namesOfRow(resolved: Resolved, table: ResolvedTable): FormulaNames {
  const names = formulaNames(resolved, table, columnOfRow, (one) =>
    one.kind === 'calculated-measurement'
      ? rowSql(resolved.calculated.get(one.id)!.formula, names)
      : derivedSql(resolved, table, one)!,
  )
  return names
}

function formulaNames(
  resolved: Resolved,
  table: ResolvedTable,
  columnSql: (column: string) => string,
  derivedRowSql: (derived: Derived) => string,
): FormulaNames {
  const { columns, derived } = table.named
  const names: FormulaNames = {
    row(name) {
      const one = derived.get(name)
      if (one !== undefined) return derivedRowSql(one)
      const { name: column, type } = columns.get(name)!
      return isNumber(type) ? `CAST(${columnSql(column)} AS DOUBLE)` : columnSql(column)
    },
    rows(name) {
      const one = derived.get(name)
      if (one?.kind === 'calculated-measurement') return rowsSql(resolved.calculated.get(one.id)!.formula, names)
      const { name: column, aggregation } = columns.get(name)!
      const value = `CAST(${columnSql(column)} AS DOUBLE)`
      return aggregation === 'count' ? `CAST(count(${value}) AS DOUBLE)` : `${aggregation}(${value})`
    },
  }
  return names
}
