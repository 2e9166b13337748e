/** Back-fills of sources: `/sources/{id}/process`, `/sources/{id}/plan`, `/sources/{id}/rerun`, `/sources/plan`. */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { id, inWorkspace } from './schemas.ts'
import { plan, processing, sourceJob } from './source-shapes.ts'

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const tags = ['sources']
const sourcesMax = 10_000
const jobsMade = z.object({ items: z.array(sourceJob) })

export function processingRoutes(app: Api, sources: Operations['sources']): void {
  app.post(
    '/sources/:id/process',
    {
      config: { permission: sources.process.permission },
      schema: {
        operationId: 'processSource',
        tags,
        summary: 'Fetch a range of days in jobs of a few days each; their rows replace those of the same days',
        params,
        querystring,
        body: processing,
        response: { 202: jobsMade },
      },
    },
    async ({ caller, params, body }, reply) =>
      reply.code(202).send({ items: await sources.process(caller, params.id, body) }),
  )
  app.post(
    '/sources/:id/rerun',
    {
      config: { permission: sources.rerun.permission },
      schema: {
        operationId: 'rerunSource',
        tags,
        summary: 'Fetch again what a source has fetched: each range once, where its newest job failed, or every one',
        params,
        querystring,
        body: z.strictObject({
          which: z.enum(['failed', 'ended']).describe('Ranges whose newest job failed, or all whose newest has ended'),
        }),
        response: { 202: jobsMade },
      },
    },
    async ({ caller, params, body }, reply) =>
      reply.code(202).send({ items: await sources.rerun(caller, params.id, body.which) }),
  )
  planRoutes(app, sources)
}

function planRoutes(app: Api, sources: Operations['sources']): void {
  app.post(
    '/sources/:id/plan',
    {
      config: { permission: sources.plan.permission },
      schema: {
        operationId: 'planSource',
        tags,
        summary: 'What processing a range would take: jobs, calls, days of quota, time; queues nothing',
        params,
        querystring,
        body: processing,
        response: { 200: plan },
      },
    },
    async ({ caller, params, body }) => shown(await sources.plan(caller, params.id, body)),
  )
  app.post(
    '/sources/plan',
    {
      config: { permission: sources.planMany.permission },
      schema: {
        operationId: 'planSources',
        tags,
        summary: 'What processing a range of many sources would take; queues nothing',
        querystring,
        body: processing.extend({ sources: z.array(id).min(1).max(sourcesMax) }),
        response: { 200: z.object({ items: z.array(plan) }) },
      },
    },
    async ({ caller, body: { sources: ids, ...request } }) => ({
      items: (await sources.planMany(caller, ids, request)).map(shown),
    }),
  )
}

/** As the response schema takes it, whose arrays may be changed. */
function shown<T extends { readonly jobs: readonly unknown[] }>(plan: T) {
  return { ...plan, jobs: [...plan.jobs] as [...T['jobs']] }
}
