/** The Fastify instance that the routes are declared on, as a type: requests and answers have the types of their schemas. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyServerOptions } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

export type Api = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** What whoever owns the server decides of it. */
export type ApiHost = Pick<FastifyServerOptions, 'serverFactory' | 'clientErrorHandler'>
