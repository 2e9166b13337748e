/** Regular expressions of patterns: only the destination can tell whether it reads them. */
import { hasCode, MillraceError } from '../../errors.ts'
import type { PatternRule } from '../../semantic/model.ts'
import { expressionsOf } from '../../semantic/rules.ts'
import type { DataPlane } from '../data-plane.ts'

const timeoutMs = 5_000

/** @throws MillraceError `invalid_request` with `fields`. */
export async function checkExpressions(
  dataPlane: Pick<DataPlane, 'query'>,
  workspace: string,
  rule: PatternRule,
): Promise<void> {
  for (const { field, expression } of expressionsOf(rule)) {
    try {
      const sql = "SELECT regexp_matches('', CAST($1 AS VARCHAR))"
      await dataPlane.query(workspace, { sql, parameters: [expression], rowsMax: 1, timeoutMs })
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
