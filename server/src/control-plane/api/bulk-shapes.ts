/** The shapes of bulk operations, as the API takes and tells them. */
import { z } from 'zod'
import { runStates } from '../../scheduled-queries.ts'
import { bulkKindNames } from '../operations/bulk-kinds.ts'
import { bulkItemsMax } from '../operations/bulk-selection.ts'
import { id, time } from './schemas.ts'

const parameters = z.record(z.string().max(128), z.unknown())
const workspace = z.string().min(1).max(64)
const csvCharsMax = 12 * 1024 * 1024

const ids = z.strictObject({
  ids: z
    .array(z.union([id, z.strictObject({ id, workspace: workspace.optional(), parameters: parameters.optional() })]))
    .min(1)
    .max(bulkItemsMax)
    .describe('Ids of sources, with a workspace and parameters of their own where they need any'),
})

const filter = z.strictObject({
  filter: z
    .strictObject({
      workspaces: z.union([z.literal('all'), z.array(workspace).min(1).max(1_000)]).optional(),
      types: z.array(z.string().min(1).max(64)).max(100).optional(),
      label: z.string().min(1).max(128).optional().describe('`*` stands for any text, `?` for one character'),
      isEnabled: z.boolean().optional(),
      lastJob: z
        .enum([...runStates, 'NONE'])
        .optional()
        .describe('State of the newest job; NONE: there never was one'),
    })
    .describe('Sources as they are now that match all that it says; of the workspace asked where it names none'),
})

const csv = z.strictObject({
  csv: z
    .string()
    .min(1)
    .max(csvCharsMax)
    .describe('A header with `source`, perhaps `workspace`, and the parameters; then a line for each source'),
})

export const bulkRequest = z.strictObject({
  id: z
    .uuid({ version: 'v7' })
    .optional()
    .describe('A fresh UUIDv7: who got no answer asks again with the same, and nothing is begun twice'),
  kind: z.enum(bulkKindNames),
  parameters: parameters
    .default({})
    .describe(
      'Of all items: process `{ start, end, daysPerJob, spread }`, rerun `{ which: failed or ended }` or `{ jobs }`, rename `{ label }` with `{label}`, `{type}` and `{n}` in it, patch `{ settings }`; none of enable, disable and delete',
    ),
  sources: z.union([ids, filter, csv]),
  dryRun: z.boolean().default(false).describe('Says of each item what would be done, and changes nothing'),
})

export const bulk = z
  .object({
    id: z.string(),
    kind: z.enum(bulkKindNames),
    parameters,
    isDryRun: z.boolean(),
    state: z.enum(runStates).describe('FAILURE: at least one item failed; the others are done'),
    total: z.number().int(),
    done: z.number().int().describe('Items that wait no more'),
    succeeded: z.number().int(),
    failed: z.number().int(),
    cancelled: z.number().int(),
    createdAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    elapsedMs: z.number().int(),
    etaMs: z.number().int().nullable().describe('How long it will take still, by the pace so far'),
  })
  .meta({ id: 'BulkOperation' })

export const itemState = z.enum(['QUEUED', 'SUCCESS', 'FAILURE', 'CANCELLED'])

export const bulkItem = z
  .object({
    position: z.number().int().describe('From 1, as they were given'),
    workspace: z.string(),
    source: z.string().describe('Id of the source'),
    label: z.string().nullable().describe('When the operation was asked for; null where there was no such source'),
    line: z.number().int().nullable().describe('Of the CSV'),
    state: itemState,
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    detail: parameters.nullable().describe('What was done, or would be'),
  })
  .meta({ id: 'BulkItem' })
