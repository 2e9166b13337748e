/** `/archive` */
import { z } from 'zod'
import { rollBounds, rollDefaults } from '../../archive.ts'
import { secret } from '../../settings.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace, label, offset, time } from './schemas.ts'

export const folder = z.strictObject({
  kind: z.literal('folder'),
  folder: z
    .string()
    .min(1)
    .max(1_000)
    .refine((path) => !path.includes('\0'))
    .describe('Below the folder that the operator allows (MILLRACE_ARCHIVE_ROOT); . is that folder itself'),
})
export const s3 = z.strictObject({
  kind: z.literal('s3'),
  endpoint: z
    .string()
    .max(1_000)
    .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i, 'Write http:// or https:// and a host')
    .optional()
    .describe('Address of the store, without the bucket; Amazon’s of the region where it is missing'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'Like eu-central-1')
    .default('us-east-1')
    .describe('Other stores than Amazon’s mostly take any'),
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, 'Is no name of a bucket'),
  prefix: z
    .string()
    .max(500)
    .refine((text) => text.isWellFormed() && !text.split('/').some((part) => part === '.' || part === '..'))
    .default('')
    .describe('Before the name of every object; end it with a slash'),
  accessKeyId: z.string().min(1).max(256),
  serverSideEncryption: z.boolean().default(false).describe('The store encrypts what it keeps (AES256)'),
})
const target = z
  .discriminatedUnion('kind', [
    folder,
    s3.extend({
      secretAccessKey: secret('Never shown. Where it is left out, the one that is known of this access key')
        .max(1_000)
        .optional(),
    }),
  ])
  .describe('Where to: a folder of the server’s machine, or a bucket of S3 or of what speaks like it')
export const shownTarget = z.discriminatedUnion('kind', [folder, s3])

const rollBytes = z
  .number()
  .int()
  .min(rollBounds.bytesMin)
  .max(rollBounds.bytesMax)
  .describe('Objects are put as soon as so many bytes wait, before they are compressed …')
const rollSeconds = z
  .number()
  .int()
  .min(1)
  .max(rollBounds.secondsMax)
  .describe('… or so many seconds after those before')
const inputs = z
  .array(label)
  .min(1)
  .max(1_000)
  .nullable()
  .describe('Labels of the inputs whose events are archived; null: of all')

const status = z.object({
  position: offset.describe('The first offset that is not archived'),
  lagEvents: z.number().int().describe('Events behind it'),
  lagMs: z.number().describe('Age of the oldest of them'),
  events: z.number().int().describe('Archived so far'),
  objects: z.number().int(),
  bytes: z.number().int().describe('Of the objects, compressed'),
  lost: z.number().int().describe('Events that the log had no room for until they were archived'),
  archivedAt: time.optional().describe('When the last objects were put'),
  failure: z
    .object({ code: z.string(), message: z.string(), since: time, at: time })
    .optional()
    .describe('Why it does not go on at the moment; it is tried again all the time'),
})
export const archiveFields = {
  inputs: inputs.default(null),
  rollBytes: rollBytes.default(rollDefaults.rollBytes),
  rollSeconds: rollSeconds.default(rollDefaults.rollSeconds),
}
const archive = z
  .object({
    target: shownTarget,
    inputs,
    rollBytes,
    rollSeconds,
    createdAt: time,
    updatedAt: time,
    status: status.optional(),
  })
  .meta({ id: 'Archive' })

const querystring = z.strictObject(inWorkspace)
const tags = ['archive']

export function archiveRoutes(app: Api, operations: Operations['archive']): void {
  app.get(
    '/archive',
    {
      config: { permission: operations.get.permission },
      schema: {
        operationId: 'getArchive',
        tags,
        summary: 'Where raw events are kept, and how far that is; 404 where nothing is archived',
        querystring,
        response: { 200: archive },
      },
    },
    ({ caller }) => operations.get(caller),
  )
  app.put(
    '/archive',
    {
      config: { permission: operations.set.permission },
      schema: {
        operationId: 'setArchive',
        tags,
        summary: 'Keep raw events there; an archive that there is goes on where it was',
        querystring,
        body: z.strictObject({
          target,
          ...archiveFields,
        }),
        response: { 200: archive },
      },
    },
    ({ caller, body }) => operations.set(caller, body),
  )
  app.delete(
    '/archive',
    {
      config: { permission: operations.delete.permission },
      schema: {
        operationId: 'deleteArchive',
        tags,
        summary: 'Archive no more; what is archived stays where it is',
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller }, reply) => {
      await operations.delete(caller)
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/archive/test',
    {
      config: { permission: operations.test.permission },
      schema: {
        operationId: 'testArchive',
        tags,
        summary: 'Write a small object and delete it: there, or where the archive is; and tell what is wrong',
        querystring,
        body: z.strictObject({ target: target.optional() }),
        response: { 200: z.object({ isWritable: z.boolean(), reason: z.string().nullable() }) },
      },
    },
    ({ caller, body }) => operations.test(caller, body.target),
  )
}
