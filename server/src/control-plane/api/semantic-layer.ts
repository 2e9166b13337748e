/** `/semantic-layer`: all of it at once, names in place of ids. */
import { z } from 'zod'
import type { SemanticLayer } from '../../semantic/layer.ts'
import { aggregations, roles } from '../../semantic/model.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'
import {
  calculatedFields,
  harmonisedFields,
  name,
  patternFields,
  storedMember,
  storedSource,
  tableName,
  toldRule,
} from './semantic-shapes.ts'

const querystring = z.strictObject(inWorkspace)
const tags = ['semantic-layer']
const bodyBytesMax = 16 * 1024 * 1024
const objectsMax = 5_000

const { sources, rule, default: otherwise } = patternFields
const { formula, tables } = calculatedFields
export const layer = z.strictObject({
  dimensions: z
    .array(
      z.strictObject({
        table: tableName,
        column: tableName,
        role: z.enum(roles).nullable().default(null),
        displayName: name.nullable().default(null),
        aggregation: z.enum(aggregations).nullable().default(null),
      }),
    )
    .max(100_000)
    .default([]),
  patterns: z
    .array(z.strictObject({ name, sources: sources.default([]), rule, default: otherwise.default(null) }))
    .max(objectsMax)
    .default([]),
  harmonisedDimensions: z.array(z.strictObject(harmonisedFields)).max(objectsMax).default([]),
  calculatedMeasurements: z
    .array(z.strictObject({ name, formula, tables: tables.default(null) }))
    .max(objectsMax)
    .default([]),
})
export const toldLayer = z
  .object({
    dimensions: z
      .array(
        z.object({
          table: z.string(),
          column: z.string(),
          role: z.enum(roles).nullable(),
          displayName: z.string().nullable(),
          aggregation: z.enum(aggregations).nullable(),
        }),
      )
      .describe('What was said of columns'),
    patterns: z.array(
      z.object({ name: z.string(), sources: z.array(storedSource), rule: toldRule, default: z.string().nullable() }),
    ),
    harmonisedDimensions: z.array(z.object({ name: z.string(), members: z.array(storedMember) })),
    calculatedMeasurements: z.array(
      z.object({ name: z.string(), formula: z.string(), tables: z.array(z.string()).nullable() }),
    ),
  })
  .meta({ id: 'SemanticLayer', description: 'Names stand for ids; `PUT /semantic-layer` takes it as it is' })

export function semanticLayerRoutes(app: Api, layers: Operations['semanticLayer']): void {
  app.get(
    '/semantic-layer',
    {
      config: { permission: layers.export.permission },
      schema: {
        operationId: 'exportSemanticLayer',
        tags,
        summary: 'All that is said of columns and derived from them: the same as long as nobody changes it',
        querystring,
        response: { 200: toldLayer },
      },
    },
    async ({ caller }) => shownLayer(await layers.export(caller)),
  )
  app.put(
    '/semantic-layer',
    {
      bodyLimit: bodyBytesMax,
      config: { permission: layers.apply.permission },
      schema: {
        operationId: 'applySemanticLayer',
        tags,
        summary: 'Make the layer what is given, all of it or nothing: what is not in it is deleted',
        querystring,
        body: layer,
        response: {
          200: z.object({
            changes: z.array(z.object({ action: z.string(), kind: z.string(), id: z.string(), name: z.string() })),
          }),
        },
      },
    },
    async ({ caller, body }) => ({ changes: await layers.apply(caller, body) }),
  )
}

export function shownLayer(shown: SemanticLayer) {
  const { dimensions, patterns, harmonisedDimensions, calculatedMeasurements } = shown
  return {
    dimensions: [...dimensions],
    patterns: patterns.map((pattern) => ({ ...pattern, sources: [...pattern.sources] })),
    harmonisedDimensions: harmonisedDimensions.map(({ name, members }) => ({ name, members: [...members] })),
    calculatedMeasurements: calculatedMeasurements.map((one) => ({ ...one, tables: one.tables && [...one.tables] })),
  }
}
