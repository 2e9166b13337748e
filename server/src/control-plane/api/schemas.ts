/** Shapes that several routes share. Inside, times are ms since 1970 UTC and offsets bigints; outside, ISO 8601 and decimal text. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'

export const time = z
  .codec(z.iso.datetime(), z.number(), {
    decode: (text) => Date.parse(text),
    encode: (ms) => new Date(ms).toISOString(),
  })
  .meta({ type: 'string', format: 'date-time' })

export const offset = z
  .codec(z.string(), z.bigint(), { decode: (text) => BigInt(text), encode: (value) => value.toString() })
  .meta({ type: 'string', pattern: '^\\d+$', description: 'An offset of the log' })

export const id = z.string().min(1).max(64)

/** Fit to be shown on one line: no control characters, no white space at either end. */
export const label = z
  .string()
  .refine(isEventType, 'Needs 1 to 128 characters, no control characters, and no white space at either end')
  .meta({ minLength: 1, maxLength: 128 })

export const inWorkspace = {
  workspace: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Id of the workspace; the token’s, else `default`, where missing'),
}

export const page = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).meta({ type: 'integer', minimum: 1, maximum: 1000 }),
  cursor: z.string().min(1).max(2048).optional().describe('`nextCursor` of the page before'),
}

/** Loose, because the headers that nobody names here must stay. */
export const ifMatch = z.looseObject({
  'if-match': z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('`ETag` of what one has seen: 412 where it has changed since'),
})

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    hint: z.string().optional(),
    requestId: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })

export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}
