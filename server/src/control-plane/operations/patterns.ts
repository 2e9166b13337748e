/** Patterns: rules that derive a value from a text dimension, and what they make of the values there are. */
import type { Pattern, PatternRule, PatternSource } from '../../semantic/model.ts'
import { type Preview, previewOf, previewSql } from '../../semantic/preview.ts'
import { authorOf, operation } from './operation.ts'
import { layerNow, type SemanticParts } from './semantic-changes.ts'
import { checkExpressions } from './semantic-expressions.ts'
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

export function patternOperations(parts: SemanticParts) {
  const { dataPlane } = parts
  return {
    ...semanticObjectOperations<PatternDefinition>(parts, {
      kind: 'pattern',
      check: ({ workspace }, { rule }) => checkExpressions(dataPlane, workspace, rule),
    }),

    /**
     * What a rule makes of the values of a column: the most frequent first.
     * @throws MillraceError `invalid_request` with `fields`; `query_timeout`: read fewer rows.
     */
    preview: operation('query:run', async (caller, request: PreviewRequest): Promise<Preview> => {
      const { model, resolved } = await layerNow(parts, caller.workspace)
      const sql = previewSql(request, model, resolved)
      await checkExpressions(dataPlane, caller.workspace, request.rule)
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
