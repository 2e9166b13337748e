/** `/harmonised-dimensions` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { semanticObjectRoutes } from './semantic-objects.ts'
import { harmonised, harmonisedFields } from './semantic-shapes.ts'

export function harmonisedDimensionRoutes(
  app: Api,
  dimensions: Operations['harmonisedDimensions'],
  cursors: Cursors,
): void {
  semanticObjectRoutes(app, dimensions, cursors, {
    path: '/harmonised-dimensions',
    noun: 'HarmonisedDimension',
    one: 'a harmonised dimension',
    many: 'harmonised dimensions',
    draft: z.strictObject(harmonisedFields),
    change: z.strictObject(harmonisedFields).partial(),
    shown: harmonised,
  })
}
