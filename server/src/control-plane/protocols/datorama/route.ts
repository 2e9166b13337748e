/** How a route of Datorama's is declared: method, path, and a function from who asks what to what is answered as JSON, with 200. */
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../../telemetry.ts'
import type { Api } from '../../api/app.ts'
import { failureOf } from '../../api/problems.ts'
import { notFound } from '../../operations/operation.ts'
import { failureJson, jsonOf } from './answers.ts'
import { readBodiesLoosely } from './bodies.ts'
import type { Door, Visitor } from './door.ts'
import { rateHeadersOf } from './rate-headers.ts'

export interface DatoramaRequest {
  readonly visitor: Visitor
  readonly params: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A file in place of JSON. */
export class Download {
  readonly type: string
  readonly name: string
  readonly content: Readable

  constructor(type: string, name: string, content: Readable) {
    this.type = type
    this.name = name
    this.content = content
  }
}

export type On = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  answer: (request: DatoramaRequest) => unknown,
) => void

/** In a scope of its own: its bodies, failures and headers are the client's, for paths that nothing is at as well. */
export function openRoutes(app: Api, door: Door, logger: Logger): On {
  const visitors = new WeakMap<FastifyRequest, Visitor>()
  readBodiesLoosely(app)
  app.addHook('onSend', async (request, reply, payload) => {
    reply.headers(rateHeadersOf(door.standingOf(request)))
    return payload
  })
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') logger.error('request failed', { requestId: request.id, error: error as Error })
    if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', String(failure.retryAfterSeconds))
    return sendJson(reply.code(failure.status), failureJson(failure))
  })
  app.setNotFoundHandler(async (request) => {
    await door.enter(request)
    throw notFound('path')
  })

  return (method, url, answer) => {
    app.route({
      method,
      url,
      config: {
        permission: 'session',
        async identify(request) {
          const visitor = await door.enter(request)
          visitors.set(request, visitor)
          return visitor.caller
        },
      },
      schema: { hide: true },
      async handler(request, reply) {
        const params = request.params as Record<string, string>
        const given = await answer({ visitor: visitors.get(request)!, params, body: request.body })
        if (!(given instanceof Download)) return sendJson(reply.code(200), jsonOf(given))
        reply.header('content-disposition', `attachment; filename="${given.name}"`)
        return reply.code(200).type(given.type).send(given.content)
      },
    })
  }
}

function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply
    .type('application/json')
    .serializer((body: unknown) => body as string)
    .send(json)
}
