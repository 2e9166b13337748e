/** What a rule makes of the values that a column has: as SQL, and the answer made a preview. */
import { MillraceError } from '../errors.ts'
import type { QueryValue } from '../query.ts'
import { keyOf } from './faults.ts'
import type { PatternRule, PatternSource, SemanticModel } from './model.ts'
import { type Resolved, resolve } from './resolve.ts'
import { patternSql } from './rule-sql.ts'
import { quoteName, quoteText, rowAlias } from './sql.ts'
import { sourceSql } from './table-sql.ts'

export interface Preview {
  /** Read of the table. */
  readonly rows: number
  /** Whether those were all there are. */
  readonly isWhole: boolean
  /** Rows for whose value something was found, the default aside; a row without a value counts as none found. */
  readonly rowsMatched: number
  /** Values that differ, those for which something was found, and what was found: how many differ. */
  readonly values: number
  readonly valuesMatched: number
  readonly results: number
  /** The most frequent first. */
  readonly examples: readonly PreviewedValue[]
  /** Values for which nothing was found: the most frequent first. */
  readonly misses: readonly PreviewedValue[]
}

export interface PreviewedValue {
  readonly value: string | null
  readonly rows: number
  /** With the default where the rule found nothing. */
  readonly result: string | null
}

export interface PreviewOptions {
  readonly source: PatternSource
  readonly rule: PatternRule
  readonly default: string | null
  readonly limit: number
  readonly rowsMax: number
}

/** Values are at most so long in a preview, so that its answer stays small. */
const shownCharsMax = 500

/** @throws MillraceError `invalid_request` with `fields`. */
export function previewSql(options: PreviewOptions, model: SemanticModel, resolved: Resolved): string {
  refuseWrong(options, model, resolved)
  const { source, rule, default: otherwise, limit, rowsMax } = options
  const table = resolved.tables.get(source.table)!
  const text = sourceSql(resolved, table, source)
  const found = patternSql({ rule, default: null }, '"_mr_row"."value"', resolved)
  const result = otherwise === null ? 'result' : `coalesce(result, ${quoteText(otherwise)})`
  const shown = (part: string) => `left(${part}, ${shownCharsMax})`
  const example = (kind: string, from: string) =>
    `(SELECT '${kind}', ${shown('value')}, row_count, ${shown(result)}, NULL, NULL, NULL FROM ${from} ` +
    `ORDER BY row_count DESC, value NULLS LAST LIMIT ${limit})`
  return (
    `WITH read_rows AS (SELECT ${text} AS value FROM (FROM main.${quoteName(table.table.name)} LIMIT ${rowsMax}) AS ${rowAlias}), ` +
    'by_value AS MATERIALIZED (SELECT value, count(*) AS row_count FROM read_rows GROUP BY value), ' +
    `made AS MATERIALIZED (SELECT value, row_count, ${found} AS result FROM by_value AS ${rowAlias}) ` +
    "SELECT 'total', NULL, coalesce(sum(row_count), 0)::BIGINT, NULL, coalesce(sum(row_count) FILTER (result IS NOT NULL), 0)::BIGINT, " +
    'count(value), [count(*) FILTER (result IS NOT NULL), count(DISTINCT result)] FROM made ' +
    `UNION ALL ${example('example', 'made')} UNION ALL ${example('miss', '(FROM made WHERE result IS NULL)')}`
  )
}

/** Of the answer to `previewSql`. */
export function previewOf(
  answer: readonly (readonly QueryValue[])[],
  { rowsMax }: Pick<PreviewOptions, 'rowsMax'>,
): Preview {
  const [, , rows, , rowsMatched, values, counts] = answer.find(([kind]) => kind === 'total') ?? noRows
  const [valuesMatched, results] = (counts as QueryValue[]).map(Number)
  const ofKind = (wanted: string): PreviewedValue[] =>
    answer
      .filter(([kind]) => kind === wanted)
      .map(([, value, count, result]) => ({
        value: value as string | null,
        rows: Number(count),
        result: result as string | null,
      }))
  return {
    rows: Number(rows),
    isWhole: Number(rows) < rowsMax,
    rowsMatched: Number(rowsMatched),
    values: Number(values),
    valuesMatched: valuesMatched!,
    results: results!,
    examples: ofKind('example'),
    misses: ofKind('miss'),
  }
}

const noRows: readonly QueryValue[] = ['total', null, 0, null, 0, 0, [0, 0]]

/** As if it were saved: whatever keeps a pattern from that keeps it from a preview. */
function refuseWrong({ source, rule, default: otherwise }: PreviewOptions, model: SemanticModel, { tables }: Resolved) {
  const draft = { id: draftId, name: 'preview of a pattern', sources: [source], rule, default: otherwise }
  const { faults } = resolve(
    { ...model, patterns: [...model.patterns, draft], calculatedMeasurements: [] }, // no pattern is wrong for their sake
    [...tables.values()].map(({ table }) => table),
  )
  const found = faults.of(keyOf('pattern', draftId))
  if (found.length === 0) return
  const fields = found.map(({ field, message }) => ({ field: field.replace(/^sources\.0/, 'source'), message }))
  throw new MillraceError('invalid_request', fields.map(({ message }) => message).join('. '), { fields })
}

/** No object has it: theirs are digits. */
const draftId = 'preview'
