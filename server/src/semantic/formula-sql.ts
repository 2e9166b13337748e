/**
 * A formula as SQL: numbers are DOUBLE throughout, what is divided by zero is null, and so is what leaves the range of numbers.
 * Only what `formula-check.ts` has found right comes here.
 */
import type { Formula } from './formula.ts'
import { isAggregateCall } from './formula-check.ts'
import { foldName, quoteText } from './sql.ts'

/** What names are, by their folds. */
export interface FormulaNames {
  /** In one row. */
  row(name: string): string
  /** Of many rows. */
  rows(name: string): string
}

/** Of one row. */
export function rowSql(formula: Formula, names: FormulaNames): string {
  return sqlOf(formula, names.row, names)
}

/** Of many rows: names outside of aggregates stand for their own aggregation. */
export function rowsSql(formula: Formula, names: FormulaNames): string {
  return sqlOf(formula, names.rows, names)
}

/** For the column of a view. */
export function finite(sql: string): string {
  const number = `CAST(${sql} AS DOUBLE)`
  return `CASE WHEN isfinite(${number}) THEN ${number} END`
}

function sqlOf(formula: Formula, nameSql: (name: string) => string, names: FormulaNames): string {
  const inner = (part: Formula) => sqlOf(part, nameSql, names)
  switch (formula.kind) {
    case 'number':
      return `CAST(${quoteText(String(formula.value))} AS DOUBLE)`
    case 'text':
      return quoteText(formula.value)
    case 'boolean':
      return formula.value ? 'TRUE' : 'FALSE'
    case 'null':
      return 'NULL'
    case 'name':
      return nameSql(foldName(formula.name))
    case 'unary':
      return formula.operator === '-' ? `(-${inner(formula.of)})` : `(NOT ${inner(formula.of)})`
    case 'binary': {
      const { operator, left, right } = formula
      if (operator === '/' || operator === '%') return `(${inner(left)} ${operator} nullif(${inner(right)}, 0))`
      return `(${inner(left)} ${operator.toUpperCase()} ${inner(right)})`
    }
    case 'call':
      return callSql(formula, isAggregateCall(formula) ? (part) => sqlOf(part, names.row, names) : inner)
  }
}

function callSql({ name, arguments: given }: Formula & { kind: 'call' }, inner: (part: Formula) => string): string {
  if (name === 'if') {
    const [condition, yes, no] = given.map(inner)
    return `(CASE WHEN ${condition} THEN ${yes} ELSE ${no ?? 'NULL'} END)`
  }
  if (name === 'count') return `CAST(count(${given.length === 0 ? '*' : inner(given[0]!)}) AS DOUBLE)`
  if (name === 'round' && given.length === 2) return `round(${inner(given[0]!)}, CAST(${inner(given[1]!)} AS INTEGER))`
  return `${name}(${given.map(inner).join(', ')})`
}
