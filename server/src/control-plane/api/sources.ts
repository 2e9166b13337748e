/** `/sources` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { processingRoutes } from './processing.ts'
import { id, inWorkspace, listOf, page } from './schemas.ts'
import { limits, range, schedule, source, sourceJob } from './source-shapes.ts'

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const tags = ['sources']

export function sourceRoutes(app: Api, sources: Operations['sources'], cursors: Cursors): void {
  app.get(
    '/sources',
    {
      config: { permission: sources.list.permission },
      schema: {
        operationId: 'listSources',
        tags,
        summary: 'Inputs that fetch by themselves, with their last job',
        querystring: querystring.extend(page),
        response: { 200: listOf(source) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => sources.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.get(
    '/sources/:id',
    {
      config: { permission: sources.get.permission },
      schema: { operationId: 'getSource', tags, summary: 'One source', params, querystring, response: { 200: source } },
    },
    ({ caller, params }) => sources.get(caller, params.id),
  )
  app.put(
    '/sources/:id/schedule',
    {
      config: { permission: sources.schedule.permission },
      schema: {
        operationId: 'scheduleSource',
        tags,
        summary: 'Say when a source runs by itself',
        params,
        querystring,
        body: z.strictObject({ schedule }),
        response: { 200: source },
      },
    },
    ({ caller, params, body }) => sources.schedule(caller, params.id, body.schedule),
  )
  app.post(
    '/sources/:id/run',
    {
      config: { permission: sources.run.permission },
      schema: {
        operationId: 'runSource',
        tags,
        summary: 'Run it now; without a range the job that waits or is under way, where there is one',
        params,
        querystring,
        body: z.strictObject({ range: range.optional() }),
        response: { 202: sourceJob },
      },
    },
    async ({ caller, params, body }, reply) =>
      reply.code(202).send(await sources.run(caller, params.id, body.range ?? null)),
  )
  changeRoutes(app, sources)
  processingRoutes(app, sources)
}

/** Without the members that are undefined. */
function given<T extends object>(body: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function changeRoutes(app: Api, sources: Operations['sources']): void {
  app.patch(
    '/sources/:id/limits',
    {
      config: { permission: sources.limit.permission },
      schema: {
        operationId: 'limitSource',
        tags,
        summary: 'Say how its jobs are cut and run; what is left out stays as it is',
        params,
        querystring,
        body: z.strictObject(limits.partial().shape),
        response: { 200: source },
      },
    },
    ({ caller, params, body }) => sources.limit(caller, params.id, given(body)),
  )
  app.post(
    '/sources/:id/pause',
    {
      config: { permission: sources.pause.permission },
      schema: {
        operationId: 'pauseSource',
        tags,
        summary: 'Let its schedule stand still; what is under way goes on',
        params,
        querystring,
        response: { 200: source },
      },
    },
    ({ caller, params }) => sources.pause(caller, params.id),
  )
  app.post(
    '/sources/:id/resume',
    {
      config: { permission: sources.resume.permission },
      schema: {
        operationId: 'resumeSource',
        tags,
        summary: 'Let its schedule go on; what was due meanwhile is left out',
        params,
        querystring,
        response: { 200: source },
      },
    },
    ({ caller, params }) => sources.resume(caller, params.id),
  )
  app.post(
    '/sources/:id/reset',
    {
      config: { permission: sources.reset.permission },
      schema: {
        operationId: 'resetSource',
        tags,
        summary: 'Forget where it ended: the next run begins from the beginning, and rows stay',
        params,
        querystring,
        response: { 200: source },
      },
    },
    ({ caller, params }) => sources.reset(caller, params.id),
  )
}
