/** `/configuration` */
import { z } from 'zod'
import { mappingModes } from '../../mappings.ts'
import { digests, severities } from '../../notifications.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { shownTarget } from './archive.ts'
import { inWorkspace, time } from './schemas.ts'
import { limitsOf } from './transform-schemas.ts'

const text = z.string()
const texts = z.array(text)
const isEnabled = z.boolean()

const input = z.object({
  label: text,
  type: text,
  isEnabled,
  settings: z.record(text, z.unknown()).describe('A secret shows as `{ "set": true }`; addresses without userinfo'),
})
const mapping = z
  .looseObject({ mode: text.optional(), table: text, primaryKey: texts, fields: z.array(z.unknown()) })
  .describe('As `PUT /event-types/{name}/mapping` takes it')
const transforms = z.object({
  order: texts.nullable(),
  limits: z.object(limitsOf(() => z.number().int())),
  modules: z.array(z.object({ name: text, language: text, code: text })),
  lookups: z.array(z.object({ name: text, entries: z.record(text, z.unknown()) })),
  secretNames: texts,
})
const channel = z.object({
  label: text,
  target: z.union([
    z.object({ kind: z.literal('email'), to: texts }),
    z.object({ kind: z.enum(['webhook', 'slack']), host: text }),
  ]),
  severityMin: z.enum(severities),
  digest: z.enum(digests),
  isEnabled,
})
const scheduledQuery = z.object({
  label: text,
  target: text,
  statement: z.unknown(),
  schedule: z.unknown(),
  timeLimitSeconds: z.number(),
  isEnabled,
})

const configuration = z
  .object({
    format: z.literal(1).describe('Rises when an export becomes another shape'),
    workspace: text,
    mappingMode: z.enum(mappingModes),
    inputs: z.array(input),
    buckets: z.array(z.object({ input: text, key: text, name: text, eventType: text })),
    eventTypes: z.array(z.object({ name: text, mapping })),
    tables: z.array(z.object({ name: text, primaryKey: texts, eventTypes: texts })),
    transforms,
    archive: z
      .object({ target: shownTarget, inputs: texts.nullable(), rollBytes: z.number(), rollSeconds: z.number() })
      .nullable()
      .describe('As `PUT /archive` takes it, but for the secret'),
    notificationChannels: z.array(channel),
    notificationMutes: z.array(z.object({ type: text, until: time.nullable() })),
    scheduledQueries: z.array(scheduledQuery),
  })
  .meta({ id: 'Configuration' })

export function configurationRoutes(app: Api, configurations: Operations['configuration']): void {
  app.get(
    '/configuration',
    {
      config: { permission: configurations.export.permission },
      schema: {
        operationId: 'exportConfiguration',
        tags: ['configuration'],
        summary: 'All that a workspace is set to, without secrets: the same as long as nobody changes it',
        querystring: z.strictObject(inWorkspace),
        response: { 200: configuration },
      },
    },
    ({ caller }) => configurations.export(caller),
  )
}
