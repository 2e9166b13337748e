/** The shape of a whole configuration as somebody keeps it as code. What it leaves out is by default, or not spoken of. */
import { z } from 'zod'
import { mappingModes } from '../../mappings.ts'
import { digests, severities } from '../../notifications.ts'
import { archiveFields, folder, s3 } from './archive.ts'
import { mappingChange } from './mapping-shapes.ts'
import { emailTarget } from './notification-channels.ts'
import { schedule, statement, targetTable, timeLimitSeconds } from './scheduled-query-shapes.ts'
import { label, time } from './schemas.ts'
import { layer } from './semantic-layer.ts'
import { limits as sourceLimits, schedule as sourceSchedule } from './source-shapes.ts'
import { limitsOf } from './transform-schemas.ts'

const objectsMax = 10_000
const listOf = <T extends z.ZodType>(item: T) => z.array(item).max(objectsMax).default([])
const isEnabled = z.boolean().default(true)
const partName = z.string().min(1).max(64)
const secret = z
  .strictObject({
    secret: z.strictObject({
      name: z.string().min(1).max(256).describe('What it is called where it is kept'),
      value: z.string().max(65_536).optional().describe('Left out, the one that is there stays'),
    }),
  })
  .describe('A secret, by reference: no export has its value')

const noLimits = { daysPerJob: null, jobsAtOnce: null, callsPerDay: null }
const perSource = sourceLimits.shape
const source = z.strictObject({
  schedule: sourceSchedule.default(null),
  isPaused: z.boolean().default(false),
  limits: z
    .strictObject({
      daysPerJob: perSource.daysPerJob.default(null),
      jobsAtOnce: perSource.jobsAtOnce.default(null),
      callsPerDay: perSource.callsPerDay.default(null),
    })
    .default(noLimits),
})
const input = z.strictObject({
  label,
  type: z.string().min(1).max(64),
  isEnabled,
  settings: z.record(z.string(), z.unknown()).default({}).describe('Secrets by reference'),
  source: source.optional().describe('Of one that fetches; left out, it stays as it is'),
})
const transforms = z.strictObject({
  order: z.array(z.string()).max(100).nullable().optional().describe('Left out, it stays'),
  limits: z
    .strictObject(limitsOf(() => z.number().int().optional()))
    .optional()
    .describe('One that is left out is as by default'),
  modules: listOf(
    z.strictObject({ name: partName, language: z.enum(['typescript', 'javascript', 'python']), code: z.string() }),
  ),
  lookups: listOf(z.strictObject({ name: partName, entries: z.record(z.string(), z.unknown()) })),
  secrets: listOf(z.strictObject({ name: partName, value: secret })),
})
const url = secret.describe('Of a channel the address is a secret: it lets in whoever knows it')
const channel = z.strictObject({
  label,
  target: z.discriminatedUnion('kind', [
    emailTarget,
    z.strictObject({ kind: z.literal('webhook'), url }),
    z.strictObject({ kind: z.literal('slack'), url }),
  ]),
  severityMin: z.enum(severities).default('warning'),
  digest: z.enum(digests).default('immediately'),
  isEnabled,
})
const query = z.strictObject({
  label,
  target: targetTable,
  statement,
  schedule,
  timeLimitSeconds: timeLimitSeconds.default(600),
  isEnabled,
})
const archive = z.strictObject({
  target: z.discriminatedUnion('kind', [folder, s3.extend({ secretAccessKey: secret.optional() })]),
  ...archiveFields,
})

export const configurationDocument = z
  .strictObject({
    mappingMode: z.enum(mappingModes).optional().describe('Left out, it stays'),
    inputs: listOf(input),
    buckets: listOf(z.strictObject({ input: label, key: z.string().min(1), name: z.string(), eventType: label })),
    eventTypes: listOf(z.strictObject({ name: label, mapping: mappingChange })),
    transforms: transforms.default({ modules: [], lookups: [], secrets: [] }),
    notificationChannels: listOf(channel),
    notificationMutes: listOf(
      z.strictObject({ type: z.string().min(1).max(128), until: time.nullable().default(null) }),
    ),
    scheduledQueries: listOf(query),
    archive: archive.optional(),
    semanticLayer: layer.default({
      dimensions: [],
      patterns: [],
      harmonisedDimensions: [],
      calculatedMeasurements: [],
    }),
  })
  .meta({ id: 'ConfigurationDocument' })
