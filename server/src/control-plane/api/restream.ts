/** `/restream` */
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { RestreamCluster, RestreamEntry, RestreamFilter, RestreamRun } from '../../restream.ts'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { cluster, entry, entryWithRaw, run, text } from './restream-shapes.ts'
import { inWorkspace, listOf, page } from './schemas.ts'

const fingerprint = z.string().regex(/^[\da-f]{16}$/, 'The fingerprint of a cluster has 16 hexadecimal digits')
const filter = {
  fingerprint: fingerprint.optional().describe('Of a cluster'),
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
const confirm = z.number().int().min(0).optional()
const eventsPerSecondMax = z.number().positive().max(1_000_000).optional()
const runId = z.strictObject({ run: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })
const done = z.object({ events: z.number().int() })
const querystring = z.strictObject(inWorkspace)
const tags = ['restream']

export function restreamRoutes(app: Api, restream: Operations['restream'], cursors: Cursors): void {
  entryRoutes(app, restream, cursors)
  clusterRoutes(app, restream, cursors)
  runRoutes(app, restream, cursors)
}

function entryRoutes(app: Api, restream: Operations['restream'], cursors: Cursors): void {
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
    '/restream/purge',
    {
      config: { permission: restream.purgeConfirmed.permission },
      schema: {
        operationId: 'purgeRestream',
        tags,
        summary: 'Throw entries away for good: those of the filter, all with an empty one',
        querystring,
        body: chosen.extend({
          confirm: confirm.describe(
            'How many events it throws away. Where it is missing or wrong, nothing is thrown away, and the answer is 409 `unconfirmed` with the right number',
          ),
        }),
        response: { 200: done },
      },
    },
    ({ caller, body }) => restream.purgeConfirmed(caller, filterOf(body), body.confirm),
  )
}

function clusterRoutes(app: Api, restream: Operations['restream'], cursors: Cursors): void {
  app.get(
    '/restream/clusters',
    {
      config: { permission: restream.clusters.permission },
      schema: {
        operationId: 'listRestreamClusters',
        tags,
        summary: 'What failed for the same reason, as one: the largest first',
        querystring: querystring.extend(page),
        response: { 200: listOf(cluster) },
      },
    },
    async (request) => {
      const list = (page: { limit: number }) => restream.clusters(request.caller, page)
      const { items, nextCursor } = await listPage(cursors, request, list, keyOf)
      return { items: items.map(asCluster), nextCursor }
    },
  )
  app.get(
    '/restream/clusters/:fingerprint',
    {
      config: { permission: restream.cluster.permission },
      schema: {
        operationId: 'getRestreamCluster',
        tags,
        summary: 'One cluster',
        params: z.strictObject({ fingerprint }),
        querystring,
        response: { 200: cluster },
      },
    },
    async ({ caller, params }) => asCluster(await restream.cluster(caller, params.fingerprint)),
  )
}

function runRoutes(app: Api, restream: Operations['restream'], cursors: Cursors): void {
  app.post(
    '/restream/runs',
    {
      config: { permission: restream.startRun.permission },
      schema: {
        operationId: 'startRestreamRun',
        tags,
        summary: 'Send entries through again in the background: those of the filter, all with an empty one',
        querystring,
        body: chosen.extend({
          eventsPerSecondMax: eventsPerSecondMax.describe('As fast as new events allow where it is missing'),
        }),
        response: { 200: run },
      },
    },
    async ({ caller, body: { eventsPerSecondMax, ...body } }) => {
      const limits = eventsPerSecondMax === undefined ? {} : { eventsPerSecondMax }
      return asRun(await restream.startRun(caller, filterOf(body), limits))
    },
  )
  app.get(
    '/restream/runs',
    {
      config: { permission: restream.runs.permission },
      schema: {
        operationId: 'listRestreamRuns',
        tags,
        summary: 'The last hundred runs, the newest first',
        querystring: querystring.extend(page),
        response: { 200: listOf(run) },
      },
    },
    async (request) => {
      const list = (page: { limit: number }) => restream.runs(request.caller, page)
      const { items, nextCursor } = await listPage(cursors, request, list, ({ id }) => String(id))
      return { items: items.map(asRun), nextCursor }
    },
  )
  app.get(
    '/restream/runs/:run',
    {
      config: { permission: restream.run.permission },
      schema: {
        operationId: 'getRestreamRun',
        tags,
        summary: 'How far a run is',
        params: runId,
        querystring,
        response: { 200: run },
      },
    },
    async ({ caller, params }) => asRun(await restream.run(caller, params.run)),
  )
  app.post(
    '/restream/runs/:run/stop',
    {
      config: { permission: restream.stopRun.permission },
      schema: {
        operationId: 'stopRestreamRun',
        tags,
        summary: 'End a run; what it has not sent goes on waiting',
        params: runId,
        querystring,
        response: { 200: run },
      },
    },
    async ({ caller, params }) => asRun(await restream.stopRun(caller, params.run)),
  )
}

/** As {@link Operations} takes it to begin a page. */
function keyOf({ count, fingerprint }: RestreamCluster): string {
  return `${count}:${fingerprint}`
}

function asCluster({ eventTypes, inputs, timeline, examples, ...rest }: RestreamCluster): z.output<typeof cluster> {
  return { ...rest, eventTypes: [...eventTypes], inputs: [...inputs], timeline: [...timeline], examples: [...examples] }
}

function asRun({ id, filter, ...rest }: RestreamRun): z.output<typeof run> {
  const { offsets, ...plain } = filter
  return { ...rest, id: String(id), filter: { ...plain, ...(offsets !== undefined && { offsets: [...offsets] }) } }
}

type Asked = { [Field in keyof RestreamFilter]: RestreamFilter[Field] | undefined }

function filterOf({ fingerprint, code, eventType, input, offsets }: Asked): RestreamFilter {
  return {
    ...(fingerprint !== undefined && { fingerprint }),
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
