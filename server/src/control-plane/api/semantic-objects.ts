/** The routes that patterns, harmonised dimensions and calculated measurements have alike. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Caller, Operation, Page } from '../operations/operation.ts'
import { taggedPart } from '../operations/semantic-objects.ts'
import { versionTagOf } from '../operations/version-tag.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, ifMatch, inWorkspace, listOf, page } from './schemas.ts'

interface Stored {
  readonly id: string
  readonly version: number
}

interface SemanticOperations<Draft, Shown extends Stored> {
  readonly list: Operation<[page: Page], Shown[]>
  readonly get: Operation<[id: string], Shown>
  readonly create: Operation<[draft: Draft], Shown>
  readonly replace: Operation<[id: string, draft: Draft, ifMatch: string | undefined], Shown>
  readonly update: Operation<[id: string, change: Partial<Draft>, ifMatch: string | undefined], Shown>
  readonly delete: Operation<[id: string], void>
}

interface Shapes {
  /** `/patterns` */
  readonly path: string
  /** `Pattern`, as operations are named. */
  readonly noun: string
  /** For summaries: `a pattern`, `patterns`. */
  readonly one: string
  readonly many: string
  readonly draft: z.ZodType
  readonly change: z.ZodType
  readonly shown: z.ZodType
}

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
/** Lookups are written whole. */
const bodyBytesMax = 4 * 1024 * 1024

export function semanticObjectRoutes<Draft, Shown extends Stored>(
  app: Api,
  objects: SemanticOperations<Draft, Shown>,
  cursors: Cursors,
  { path, noun, one, many, draft, change, shown }: Shapes,
): void {
  const tags = [path.slice(1)]
  const answer = (reply: Pick<FastifyReply, 'header'>, object: Shown) => {
    reply.header('etag', versionTagOf(taggedPart(object)))
    return object
  }
  app.get(
    path,
    {
      config: { permission: objects.list.permission },
      schema: {
        operationId: `list${noun}s`,
        tags,
        summary: `The ${many} of a workspace, in the order in which they were made`,
        querystring: querystring.extend(page),
        response: { 200: listOf(shown) },
      },
    },
    async (request) =>
      listPage(
        cursors,
        request,
        (page) => objects.list(request.caller, page),
        (object) => object.id,
      ),
  )
  app.post(
    path,
    {
      bodyLimit: bodyBytesMax,
      config: { permission: objects.create.permission },
      schema: {
        operationId: `create${noun}`,
        tags,
        summary: `Make ${one}; it is in the views when this is answered`,
        querystring,
        body: draft,
        response: { 201: shown },
      },
    },
    async ({ caller, body }, reply) => {
      const created = await objects.create(caller, body as Draft)
      return answer(reply.code(201), created)
    },
  )
  const place = `${path}/:id`
  app.get(
    place,
    {
      config: { permission: objects.get.permission },
      schema: {
        operationId: `get${noun}`,
        tags,
        summary: `${one.replace(/^a /, 'One ')}, and whether views show it`,
        params,
        querystring,
        response: { 200: shown },
      },
    },
    async ({ caller, params }, reply) => answer(reply, await objects.get(caller, params.id)),
  )
  const changing =
    (run: (caller: Caller, id: string, body: unknown, tag: string | undefined) => Promise<Shown>) =>
    async (
      request: { caller: Caller; params: { id: string }; body: unknown; headers: { 'if-match'?: string | undefined } },
      reply: Pick<FastifyReply, 'header'>,
    ) =>
      answer(reply, await run(request.caller, request.params.id, request.body, request.headers['if-match']))
  app.put(
    place,
    {
      bodyLimit: bodyBytesMax,
      config: { permission: objects.replace.permission },
      schema: {
        operationId: `replace${noun}`,
        tags,
        summary: `Set all of ${one}: what is left out is as it is by default`,
        params,
        querystring,
        headers: ifMatch,
        body: draft,
        response: { 200: shown },
      },
    },
    changing((caller, id, body, tag) => objects.replace(caller, id, body as Draft, tag)),
  )
  app.patch(
    place,
    {
      bodyLimit: bodyBytesMax,
      config: { permission: objects.update.permission },
      schema: {
        operationId: `update${noun}`,
        tags,
        summary: `Change what is given of ${one}`,
        params,
        querystring,
        headers: ifMatch,
        body: change,
        response: { 200: shown },
      },
    },
    changing((caller, id, body, tag) => objects.update(caller, id, body as Partial<Draft>, tag)),
  )
  app.delete(
    place,
    {
      config: { permission: objects.delete.permission },
      schema: {
        operationId: `delete${noun}`,
        tags,
        summary: `Delete ${one} that nothing else uses`,
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await objects.delete(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}
