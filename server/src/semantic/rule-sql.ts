/**
 * Rules of patterns as SQL expressions: a text in, a text or null out. Empty texts count as nothing found. Names of lookups' columns
 * and of the row begin with what no column begins with, so that no name of a table's is ever taken for one of ours.
 */
import { MillraceError } from '../errors.ts'
import { type LookupEntry, type Pattern, type PatternRule, semanticLimits } from './model.ts'
import { quoteName, quoteText } from './sql.ts'

export interface RuleParts {
  /** Of patterns that rules name; none of them leads back to itself. */
  readonly patterns: ReadonlyMap<string, Pick<Pattern, 'rule' | 'default'>>
}

/** @param text an SQL expression of type VARCHAR. @throws MillraceError `request_too_large`: see `semanticLimits.viewCharsMax`. */
export function ruleSql(rule: PatternRule, text: string, parts: RuleParts): string {
  return sqlOf(rule, { text, parts, expanded: new Map() })
}

export function patternSql(pattern: Pick<Pattern, 'rule' | 'default'>, text: string, parts: RuleParts): string {
  return withDefault(ruleSql(pattern.rule, text, parts), pattern.default)
}

interface Expansion {
  readonly text: string
  readonly parts: RuleParts
  /** SQL of the patterns that were named before. */
  readonly expanded: Map<string, string>
}

function withDefault(sql: string, otherwise: string | null): string {
  return otherwise === null ? sql : `coalesce(${sql}, ${quoteText(otherwise)})`
}

function sqlOf(rule: PatternRule, expansion: Expansion): string {
  const { text, parts, expanded } = expansion
  switch (rule.kind) {
    case 'split': {
      const place = rule.from === 'start' ? rule.position : -rule.position
      return `nullif(string_split(${text}, ${quoteText(rule.separator)})[${place}], '')`
    }
    case 'regex': {
      const options = rule.isCaseSensitive ? 'c' : 'i'
      return `nullif(regexp_extract(${text}, ${quoteText(rule.expression)}, ${rule.group}, '${options}'), '')`
    }
    case 'lookup':
      return lookupSql(entriesSql(rule.entries), text, rule.isCaseSensitive)
    case 'lookup-table': {
      const columns = `CAST(${quoteName(rule.key)} AS VARCHAR) AS ${key}, CAST(${quoteName(rule.value)} AS VARCHAR) AS ${value}`
      return lookupSql(`(SELECT ${columns} FROM main.${quoteName(rule.table)})`, text, rule.isCaseSensitive)
    }
    case 'first': {
      const rules = rule.rules.map((one) => sqlOf(one, expansion))
      // Before they are put together: that is where it could grow beyond all bounds.
      if (rules.reduce((sum, { length }) => sum + length, 0) > semanticLimits.viewCharsMax)
        throw new MillraceError('request_too_large', 'Its rules come to too much SQL: they name each other too often')
      return `coalesce(${rules.join(', ')})`
    }
    case 'pattern': {
      const { rule: other, default: otherwise } = parts.patterns.get(rule.pattern)!
      const sql = expanded.get(rule.pattern) ?? withDefault(sqlOf(other, expansion), otherwise)
      expanded.set(rule.pattern, sql)
      return sql
    }
  }
}

const [lookup, key, value] = ['"_mr_lookup"', '"_mr_from"', '"_mr_to"']

/** DuckDB makes a hash join of it, which costs the same for few entries and for many. */
function lookupSql(entries: string, text: string, isCaseSensitive: boolean): string {
  const [one, other] = isCaseSensitive ? [`${lookup}.${key}`, text] : [`lower(${lookup}.${key})`, `lower(${text})`]
  return `(SELECT min(nullif(${lookup}.${value}, '')) FROM ${entries} AS ${lookup} WHERE ${one} = ${other})`
}

/** Two lists as JSON: a tenth of the time that DuckDB takes to read as many values. */
function entriesSql(entries: readonly LookupEntry[]): string {
  const list = (texts: readonly string[]) => `unnest(from_json(${quoteText(JSON.stringify(texts))}, '["VARCHAR"]'))`
  return `(SELECT ${list(entries.map(({ from }) => from))} AS ${key}, ${list(entries.map(({ to }) => to))} AS ${value})`
}
