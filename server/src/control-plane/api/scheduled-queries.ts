/** `/scheduled-queries` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import { queryFilters } from '../store/scheduled-queries.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import {
  draftFields,
  query,
  run,
  schedule,
  shownQuery,
  shownRun,
  statement,
  targetTable,
  timeLimitSeconds,
  workOf,
} from './scheduled-query-shapes.ts'
import { id, inWorkspace, label, listOf, page } from './schemas.ts'

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const runParams = params.extend({ run: id })
const tags = ['scheduled-queries']

export function scheduledQueryRoutes(app: Api, queries: Operations['scheduledQueries'], cursors: Cursors): void {
  listRoutes(app, queries, cursors)
  oneRoutes(app, queries)
  runRoutes(app, queries, cursors)
}

function listRoutes(app: Api, queries: Operations['scheduledQueries'], cursors: Cursors): void {
  app.get(
    '/scheduled-queries',
    {
      config: { permission: queries.list.permission },
      schema: {
        operationId: 'listScheduledQueries',
        tags,
        summary: 'Statements that run by themselves, and how they fare',
        querystring: querystring.extend({
          ...page,
          state: z.enum(queryFilters).optional().describe('error: whose last run failed'),
        }),
        response: { 200: listOf(query) },
      },
    },
    async (request) => {
      const { items, nextCursor } = await listPage(
        cursors,
        request,
        (page) => queries.list(request.caller, { state: request.query.state }, page),
        ({ id }) => id,
      )
      return { items: items.map(shownQuery), nextCursor }
    },
  )
  app.post(
    '/scheduled-queries',
    {
      config: { permission: queries.create.permission },
      schema: {
        operationId: 'createScheduledQuery',
        tags,
        summary: 'Make a statement run by itself, into a table of its own',
        querystring,
        body: z.strictObject({
          ...draftFields,
          target: targetTable
            .optional()
            .describe('The table that is written; may be left out where the statement names it'),
          timeLimitSeconds: timeLimitSeconds.default(600),
          isEnabled: z.boolean().default(true),
        }),
        response: { 201: query },
      },
    },
    async ({ caller, body }, reply) => {
      const { statement, timeLimitSeconds, ...draft } = body
      const created = await queries.create(caller, {
        ...draft,
        work: workOf(statement),
        timeLimitMs: timeLimitSeconds * 1_000,
      })
      return reply.code(201).send(shownQuery(created))
    },
  )
}

function oneRoutes(app: Api, queries: Operations['scheduledQueries']): void {
  app.get(
    '/scheduled-queries/:id',
    {
      config: { permission: queries.get.permission },
      schema: {
        operationId: 'getScheduledQuery',
        tags,
        summary: 'One scheduled query',
        params,
        querystring,
        response: { 200: query },
      },
    },
    async ({ caller, params }) => shownQuery(await queries.get(caller, params.id)),
  )
  app.patch(
    '/scheduled-queries/:id',
    {
      config: { permission: queries.update.permission },
      schema: {
        operationId: 'updateScheduledQuery',
        tags,
        summary: 'Change a scheduled query, or switch it on or off; its target stays',
        params,
        querystring,
        body: z.strictObject({
          label: label.optional(),
          statement: statement.optional(),
          schedule: schedule.optional(),
          timeLimitSeconds: timeLimitSeconds.optional(),
          isEnabled: z.boolean().optional(),
        }),
        response: { 200: query },
      },
    },
    async ({ caller, params, body }) => {
      const { statement, timeLimitSeconds, ...change } = body
      const updated = await queries.update(caller, params.id, {
        ...change,
        ...(statement && { work: workOf(statement) }),
        ...(timeLimitSeconds !== undefined && { timeLimitMs: timeLimitSeconds * 1_000 }),
      })
      return shownQuery(updated)
    },
  )
  app.delete(
    '/scheduled-queries/:id',
    {
      config: { permission: queries.delete.permission },
      schema: {
        operationId: 'deleteScheduledQuery',
        tags,
        summary: 'Remove a scheduled query with its history; its table stays',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await queries.delete(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}

function runRoutes(app: Api, queries: Operations['scheduledQueries'], cursors: Cursors): void {
  app.post(
    '/scheduled-queries/:id/run',
    {
      config: { permission: queries.run.permission },
      schema: {
        operationId: 'runScheduledQuery',
        tags,
        summary: 'Run it once, now; the run that waits or is under way where there is one',
        params,
        querystring,
        response: { 202: run },
      },
    },
    async ({ caller, params }, reply) => reply.code(202).send(shownRun(await queries.run(caller, params.id))),
  )
  app.get(
    '/scheduled-queries/:id/runs',
    {
      config: { permission: queries.runs.permission },
      schema: {
        operationId: 'listScheduledQueryRuns',
        tags,
        summary: 'Its runs, the newest first; the last 100 are kept',
        params,
        querystring: querystring.extend(page),
        response: { 200: listOf(run) },
      },
    },
    async (request) => {
      const { items, nextCursor } = await listPage(
        cursors,
        request,
        (page) => queries.runs(request.caller, request.params.id, page),
        ({ id }) => id,
      )
      return { items: items.map(shownRun), nextCursor }
    },
  )
  app.get(
    '/scheduled-queries/:id/runs/:run',
    {
      config: { permission: queries.getRun.permission },
      schema: {
        operationId: 'getScheduledQueryRun',
        tags,
        summary: 'One run',
        params: runParams,
        querystring,
        response: { 200: run },
      },
    },
    async ({ caller, params }) => shownRun(await queries.getRun(caller, params.id, params.run)),
  )
  app.post(
    '/scheduled-queries/:id/runs/:run/stop',
    {
      config: { permission: queries.stopRun.permission },
      schema: {
        operationId: 'stopScheduledQueryRun',
        tags,
        summary: 'Stop a run; one that has ended stays as it is',
        params: runParams,
        querystring,
        response: { 200: run },
      },
    },
    async ({ caller, params }) => shownRun(await queries.stopRun(caller, params.id, params.run)),
  )
}
