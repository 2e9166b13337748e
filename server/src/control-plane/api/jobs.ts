/** `/jobs` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import { jobKinds } from '../operations/all-jobs.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { job } from './job-shapes.ts'
import { listPage } from './paging.ts'
import { id, inWorkspace, listOf, page } from './schemas.ts'
import { jobState, logLine, rawPage, sourceJob } from './source-shapes.ts'

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const tags = ['jobs']
const linesMax = 1_000
const jobIds = z.array(id).min(1).max(10_000)
const which = z.union([z.strictObject({ ids: jobIds }), z.strictObject({ source: id })])

export function jobRoutes(app: Api, jobs: Operations['allJobs'], cursors: Cursors): void {
  app.get(
    '/jobs',
    {
      config: { permission: jobs.list.permission },
      schema: {
        operationId: 'listJobs',
        tags,
        summary:
          'What sources and scheduled queries do and did, the newest first; of each the last ones that have ended are kept',
        querystring: querystring.extend({
          ...page,
          kind: z.enum(jobKinds).optional(),
          source: id.optional().describe('Id of a source: its jobs alone'),
          query: id.optional().describe('Id of a scheduled query: its runs alone'),
          state: jobState.optional(),
        }),
        response: { 200: listOf(job) },
      },
    },
    (request) => {
      const { kind, source, query, state } = request.query
      const filter = { kind, source, query, state }
      return listPage(
        cursors,
        request,
        (page) => jobs.list(request.caller, filter, page),
        ({ id }) => id,
      )
    },
  )
  app.get(
    '/jobs/:id',
    {
      config: { permission: jobs.get.permission },
      schema: { operationId: 'getJob', tags, summary: 'One job', params, querystring, response: { 200: job } },
    },
    ({ caller, params }) => jobs.get(caller, params.id),
  )
  app.post(
    '/jobs/:id/cancel',
    {
      config: { permission: jobs.cancel.permission },
      schema: {
        operationId: 'cancelJob',
        tags,
        summary: 'Cancel a job; rows of sources that are durable stay, and one that has ended stays as it is',
        params,
        querystring,
        response: { 200: job },
      },
    },
    ({ caller, params }) => jobs.cancel(caller, params.id),
  )
  manyRoutes(app, jobs)
  outputRoutes(app, jobs)
}

function manyRoutes(app: Api, jobs: Operations['allJobs']): void {
  app.post(
    '/jobs/rerun',
    {
      config: { permission: jobs.rerun.permission },
      schema: {
        operationId: 'rerunJobs',
        tags,
        summary:
          'Queue jobs of sources again, as new ones with the same ranges; their rows replace those of the same days',
        querystring,
        body: z.strictObject({ ids: jobIds }),
        response: { 202: z.object({ items: z.array(sourceJob) }) },
      },
    },
    async ({ caller, body }, reply) => reply.code(202).send({ items: await jobs.rerun(caller, body.ids) }),
  )
  const summaries = {
    cancel: 'Cancel jobs; those that have ended stay as they are',
    pause: 'Let jobs of sources stand still; those under way wait again, behind their last page',
    resume: 'Let jobs of sources go on that stand still',
  }
  for (const what of ['cancel', 'pause', 'resume'] as const) {
    const work = what === 'cancel' ? jobs.cancelMany : jobs[what]
    app.post(
      `/jobs/${what}`,
      {
        config: { permission: work.permission },
        schema: {
          operationId: `${what}Jobs`,
          tags,
          summary: summaries[what],
          querystring,
          body: which,
          response: { 200: z.object({ items: z.array(job) }).describe('As they are now, in the order given') },
        },
      },
      async ({ caller, body }) => ({ items: await work(caller, body) }),
    )
  }
}

function outputRoutes(app: Api, jobs: Operations['allJobs']): void {
  app.get(
    '/jobs/:id/log',
    {
      config: { permission: jobs.log.permission },
      schema: {
        operationId: 'getJobLog',
        tags,
        summary:
          'What a job says, also while it runs; without secrets. Of a scheduled query’s run: when it was queued, begun and ended, and how',
        params,
        querystring: querystring.extend({
          from: z.coerce.number().int().min(0).default(0).meta({ type: 'integer', minimum: 0 }),
          limit: z.coerce
            .number()
            .int()
            .min(1)
            .max(linesMax)
            .default(linesMax)
            .meta({ type: 'integer', minimum: 1, maximum: linesMax }),
        }),
        response: {
          200: z.object({ items: z.array(logLine), next: z.number().int().describe('`from` of what follows') }),
        },
      },
    },
    async ({ caller, params, query: { from, limit } }) => {
      const items = await jobs.log(caller, params.id, { from, limit })
      return { items: [...items], next: from + items.length }
    },
  )
  app.get(
    '/jobs/:id/raw',
    {
      config: { permission: jobs.rawPages.permission },
      schema: {
        operationId: 'listRawPages',
        tags,
        summary: 'The pages of a source’s job as they were retrieved; the first are kept, up to MILLRACE_JOB_BYTES_MAX',
        params,
        querystring,
        response: { 200: z.object({ items: z.array(rawPage) }) },
      },
    },
    async ({ caller, params }) => ({ items: [...(await jobs.rawPages(caller, params.id))] }),
  )
  app.get(
    '/jobs/:id/raw/:page',
    {
      config: { permission: jobs.rawPage.permission },
      schema: {
        operationId: 'getRawPage',
        tags,
        summary: 'One page as it was retrieved',
        params: params.extend({ page: z.string().min(1).max(128) }),
        querystring,
      },
    },
    async ({ caller, params }, reply) => {
      const { bytes, stream } = await jobs.rawPage(caller, params.id, params.page)
      return reply
        .type('application/octet-stream')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${params.page}"`)
        .send(stream)
    },
  )
  app.get(
    '/jobs/:id/download',
    {
      config: { permission: jobs.download.permission },
      schema: {
        operationId: 'downloadJob',
        tags,
        summary: 'All that a source’s job retrieved, as far as it is kept, as one file: CSV, or a zip of it',
        params,
        querystring: querystring.extend({ format: z.enum(['zip', 'csv']).default('zip') }),
      },
    },
    async ({ caller, params, query: { format } }, reply) => {
      const stream = await jobs.download(caller, params.id, format)
      return reply
        .type(format === 'zip' ? 'application/zip' : 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${params.id}.${format}"`)
        .send(stream)
    },
  )
}
