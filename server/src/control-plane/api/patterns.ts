/** `/patterns` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'
import { semanticObjectRoutes } from './semantic-objects.ts'
import { pattern, patternFields, preview, rule, source } from './semantic-shapes.ts'

const { name, sources, default: otherwise } = patternFields

export function patternRoutes(app: Api, patterns: Operations['patterns'], cursors: Cursors): void {
  semanticObjectRoutes(app, patterns, cursors, {
    path: '/patterns',
    noun: 'Pattern',
    one: 'a pattern',
    many: 'patterns',
    draft: z.strictObject({ name, sources: sources.default([]), rule, default: otherwise.default(null) }),
    change: z.strictObject(patternFields).partial(),
    shown: pattern,
  })
  app.post(
    '/patterns/preview',
    {
      bodyLimit: 4 * 1024 * 1024,
      config: { permission: patterns.preview.permission },
      schema: {
        operationId: 'previewPattern',
        tags: ['patterns'],
        summary: 'What a rule makes of the values of a column, without saving it',
        querystring: z.strictObject(inWorkspace),
        body: z.strictObject({
          source,
          rule,
          default: otherwise.default(null),
          limit: z.number().int().min(1).max(1_000).default(100).describe('Examples and misses told at most'),
          rowsMax: z
            .number()
            .int()
            .min(1)
            .max(10_000_000)
            .default(1_000_000)
            .describe('Rows read at most; the time is limited to 10 seconds'),
        }),
        response: { 200: preview },
      },
    },
    async ({ caller, body }) => {
      const found = await patterns.preview(caller, body)
      const coverage = {
        rows: found.rows === 0 ? null : found.rowsMatched / found.rows,
        values: found.values === 0 ? null : found.valuesMatched / found.values,
      }
      return { ...found, coverage, examples: [...found.examples], misses: [...found.misses] }
    },
  )
}
