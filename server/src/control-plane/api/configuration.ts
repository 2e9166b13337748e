/** `/configuration` */
import { z } from 'zod'
import { mappingModes } from '../../mappings.ts'
import { digests, severities } from '../../notifications.ts'
import type { Plan } from '../operations/configuration.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { shownTarget } from './archive.ts'
import { configurationDocument } from './configuration-shapes.ts'
import { mappedField } from './mapping-shapes.ts'
import { toldSchedule, toldStatement, workOf } from './scheduled-query-shapes.ts'
import { inWorkspace, time } from './schemas.ts'
import { shownLayer, toldLayer } from './semantic-layer.ts'
import { limits, toldSchedule as toldSourceSchedule } from './source-shapes.ts'
import { limitsOf } from './transform-schemas.ts'

const text = z.string()
const texts = z.array(text)
const isEnabled = z.boolean()

const input = z.object({
  label: text,
  type: text,
  isEnabled,
  settings: z.record(text, z.unknown()).describe('A secret shows as `{ "set": true }`; addresses without userinfo'),
  source: z
    .object({ schedule: toldSourceSchedule.nullable(), isPaused: z.boolean(), limits })
    .optional()
    .describe('Of one that fetches'),
})
const mapping = z
  .looseObject({
    mode: text.optional(),
    isDiscarded: z.boolean().optional(),
    table: text,
    onConflict: text.optional(),
    primaryKey: texts,
    fields: z.array(z.looseObject(mappedField.shape)),
  })
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
  statement: toldStatement,
  schedule: toldSchedule,
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
    semanticLayer: toldLayer,
  })
  .meta({ id: 'Configuration' })

/** What one may ask for at most: a workspace has tens of thousands of columns. */
const bodyBytesMax = 64 * 1024 * 1024

const plan = {
  baseVersion: text.describe('Of what was compared: an apply that names it is refused where that has changed'),
  changes: z.array(
    z.object({
      action: z.enum(['create', 'update', 'delete']),
      kind: text,
      name: text,
      fields: z.array(
        z.object({
          field: text,
          before: z.unknown().optional(),
          after: z.unknown().optional(),
          isSecret: z.literal(true).optional().describe('It changes, or is new or gone; its values are not told'),
        }),
      ),
    }),
  ),
  kept: z.array(z.object({ kind: text, name: text })).describe('What is there and not in the document'),
  notes: z.array(text).describe('What will not work yet, and the like'),
  secrets: z
    .array(z.object({ place: text, fingerprint: text }))
    .describe('Of secrets that are there: another fingerprint, another value. No value can be found out by it'),
}
const querystring = z.strictObject(inWorkspace)
const asked = {
  document: configurationDocument,
  prune: z.boolean().default(false).describe('Whether what the document does not name is deleted'),
}

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
    async ({ caller }) => {
      const { semanticLayer, ...rest } = await configurations.export(caller)
      return { ...rest, semanticLayer: shownLayer(semanticLayer) }
    },
  )
  app.post(
    '/configuration/plan',
    {
      bodyLimit: bodyBytesMax,
      config: { permission: configurations.plan.permission },
      schema: {
        operationId: 'planConfiguration',
        tags: ['configuration'],
        summary: 'What applying a document would change, all of it checked; changes nothing',
        querystring,
        body: z.strictObject(asked),
        response: { 200: z.object(plan).meta({ id: 'ConfigurationPlan' }) },
      },
    },
    async ({ caller, body }) => shownPlan(await configurations.plan(caller, askedOf(body))),
  )
  app.post(
    '/configuration/apply',
    {
      bodyLimit: bodyBytesMax,
      config: { permission: configurations.apply.permission },
      schema: {
        operationId: 'applyConfiguration',
        tags: ['configuration'],
        summary: 'Make the workspace what a document says, all of it or nothing',
        querystring,
        body: z.strictObject({ ...asked, baseVersion: text.max(64).optional().describe('Of the plan that is meant') }),
        response: {
          200: z
            .object({
              ...plan,
              keys: z
                .array(z.object({ object: text, key: text.nullable(), credentials: z.record(text, text) }))
                .describe('Of inputs and channels that were made, shown this once'),
              warnings: texts.describe('What stands and does not work yet'),
            })
            .meta({ id: 'AppliedConfiguration' }),
        },
      },
    },
    async ({ caller, body }) => {
      const { keys, warnings, ...plan } = await configurations.apply(caller, {
        ...askedOf(body),
        baseVersion: body.baseVersion,
      })
      const told = keys.map(({ object, key, credentials }) => ({ object, key, credentials: { ...credentials } }))
      return { ...shownPlan(plan), keys: told, warnings: [...warnings] }
    },
  )
}

function shownPlan({ baseVersion, changes, kept, notes, secrets }: Plan) {
  const shown = changes.map(({ fields, ...change }) => ({ ...change, fields: [...fields] }))
  return { baseVersion, changes: shown, kept: [...kept], notes: [...notes], secrets: [...secrets] }
}

function askedOf({ document, prune }: z.output<z.ZodObject<typeof asked>>) {
  const scheduledQueries = document.scheduledQueries.map((query) => ({ ...query, statement: workOf(query.statement) }))
  return { document: { ...document, scheduledQueries }, prune }
}
