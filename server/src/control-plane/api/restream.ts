/** `/restream` */
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { RestreamEntry, RestreamFilter } from '../../restream.ts'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { inWorkspace, listOf, offset, page, time } from './schemas.ts'

const entry = z
  .object({
    offset,
    eventId: z.string(),
    eventType: z.string(),
    input: z.object({ id: z.string(), label: z.string(), type: z.string() }),
    receivedAt: time,
    stage: z.string(),
    code: z.string(),
    message: z.string(),
    mappingVersion: z.number().int().optional(),
    restreamCount: z.number().int().describe('How often it was sent through again before'),
    failedAt: time,
    isSent: z.boolean().describe('Whether it is on its way again'),
  })
  .meta({ id: 'RestreamEntry' })
const entryWithRaw = entry.extend({
  raw: z.object({ encoding: z.enum(['utf8', 'base64']), data: z.string() }).describe('The event as it arrived'),
})

const text = z.string().min(1).max(128)
const filter = {
  code: text.optional(),
  eventType: text.optional(),
  input: text.optional().describe('Label of an input'),
}
const offsetsMax = 1000
/** An offset fits a signed integer of 64 bits. */
const offsetText = z
  .string()
  .regex(/^\d{1,19}$/, { error: 'Not an offset', abort: true })
  .refine((digits) => BigInt(digits) < 2n ** 63n, 'Too large')
const chosen = z.strictObject({ ...filter, offsets: z.array(offsetText).min(1).max(offsetsMax).optional() })
const done = z.object({ events: z.number().int() })
const querystring = z.strictObject(inWorkspace)
const tags = ['restream']

export function restreamRoutes(app: Api, restream: Operations['restream'], cursors: Cursors): void {
  app.get(
    '/restream',
    {
      config: { permission: restream.list.permission },
      schema: {
        operationId: 'listRestream',
        tags,
        summary: 'What could not go on, by offset',
        querystring: querystring.extend({ ...filter, ...page }),
        response: { 200: listOf(entry) },
      },
    },
    (request) => {
      const list = (page: { limit: number }) => restream.list(request.caller, filterOf(request.query), page)
      return listPage(cursors, request, list, ({ offset }) => offset.toString())
    },
  )
  app.get(
    '/restream/:offset',
    {
      config: { permission: restream.get.permission },
      schema: {
        operationId: 'getRestreamEntry',
        tags,
        summary: 'One entry, with the event as it arrived',
        params: z.strictObject({ offset: offsetText }),
        querystring,
        response: { 200: entryWithRaw },
      },
    },
    async ({ caller, params }) => withRaw(await restream.get(caller, BigInt(params.offset))),
  )
  app.post(
    '/restream/send',
    {
      config: { permission: restream.send.permission },
      schema: {
        operationId: 'sendRestream',
        tags,
        summary: 'Send entries through again: those of the filter, all with an empty one',
        querystring,
        body: chosen,
        response: { 200: done },
      },
    },
    ({ caller, body }) => restream.send(caller, filterOf(body)),
  )
  app.post(
    '/restream/purge',
    {
      config: { permission: restream.purge.permission },
      schema: {
        operationId: 'purgeRestream',
        tags,
        summary: 'Throw entries away for good: those of the filter, all with an empty one',
        querystring,
        body: chosen.extend({ confirm: z.literal(true).describe('That it is meant: there is no way back') }),
        response: { 200: done },
      },
    },
    ({ caller, body }) => restream.purge(caller, filterOf(body)),
  )
}

type Asked = { [Field in keyof RestreamFilter]: RestreamFilter[Field] | undefined }

function filterOf({ code, eventType, input, offsets }: Asked): RestreamFilter {
  return {
    ...(code !== undefined && { code }),
    ...(eventType !== undefined && { eventType }),
    ...(input !== undefined && { input }),
    ...(offsets !== undefined && { offsets }),
  }
}

function withRaw({ raw, ...rest }: RestreamEntry): z.output<typeof entryWithRaw> {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64'
  return { ...rest, raw: { encoding, data: bytes.toString(encoding) } }
}
