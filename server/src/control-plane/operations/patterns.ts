/** Patterns: rules that derive a value from a text dimension, and what they make of the values there are. */
import { hasCode, MillraceError } from '../../errors.ts'
import type { Pattern, PatternRule, PatternSource } from '../../semantic/model.ts'
import { type Preview, previewOf, previewSql } from '../../semantic/preview.ts'
import { expressionsOf } from '../../semantic/rules.ts'
import { authorOf, type Caller, operation } from './operation.ts'
import { layerNow, type SemanticParts } from './semantic-changes.ts'
import { semanticObjectOperations } from './semantic-objects.ts'

export type PatternDefinition = Omit<Pattern, 'id' | 'name'>

export interface PreviewRequest {
  readonly source: PatternSource
  readonly rule: PatternRule
  readonly default: string | null
  /** Values and misses told. */
  readonly limit: number
  /** Rows read at most. */
  readonly rowsMax: number
}

const previewTimeoutMs = 10_000
const expressionTimeoutMs = 5_000

export function patternOperations(parts: SemanticParts) {
  const { dataPlane } = parts
  /** What DuckDB says of an expression: it has the only reader of its kind. */
  const checkRule = async ({ workspace }: Caller, rule: PatternRule): Promise<void> => {
    for (const { field, expression } of expressionsOf(rule)) {
      try {
        const sql = "SELECT regexp_matches('', CAST($1 AS VARCHAR))"
        await dataPlane.query(workspace, { sql, parameters: [expression], rowsMax: 1, timeoutMs: expressionTimeoutMs })
      } catch (error) {
        if (!hasCode(error, 'invalid_sql')) throw error
        const message = `The expression cannot be read: ${error.message.replace(/^.*?Error: /, '')}`
        throw new MillraceError('invalid_request', message, {
          hint: 'Expressions are RE2’s: no look-around and no back-references.',
          fields: [{ field: `${field}.expression`, message }],
        })
      }
    }
  }

  return {
    ...semanticObjectOperations<PatternDefinition>(parts, {
      kind: 'pattern',
      check: (caller, { rule }) => checkRule(caller, rule),
    }),

    /**
     * What a rule makes of the values of a column: the most frequent first.
     * @throws MillraceError `invalid_request` with `fields`; `query_timeout`: read fewer rows.
     */
    preview: operation('query:run', async (caller, request: PreviewRequest): Promise<Preview> => {
      const { model, resolved } = await layerNow(parts, caller.workspace)
      const sql = previewSql(request, model, resolved)
      await checkRule(caller, request.rule)
      await parts.store.change(authorOf(caller), async () => ({
        result: undefined,
        audit: { workspaceId: caller.workspace, action: 'pattern.previewed', object: request.source.table },
      }))
      const rowsMax = 2 * request.limit + 1
      const { rows } = await dataPlane.query(caller.workspace, { sql, rowsMax, timeoutMs: previewTimeoutMs })
      return previewOf(rows, request)
    }),
  }
}
