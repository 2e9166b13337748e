/** How a route of Alooma's is declared: method, path, permission, and a function from a request to what is answered as JSON. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import type { Logger } from '../../../telemetry.ts'
import type { Api } from '../../api/app.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { Permission } from '../../permissions.ts'
import type { Store } from '../../store/store.ts'
import type { AloomaPort } from './alooma-port.ts'
import { bodyLimit } from './bodies.ts'
import { identifyClient } from './door.ts'
import type { Kept } from './kept.ts'

export interface AloomaParts {
  readonly operations: Operations
  readonly kept: Kept
  readonly port: AloomaPort
  readonly logger: Logger
}

export interface AloomaRequest {
  readonly caller: Caller
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>
  /** Each value of each name; `+` means itself. */
  readonly query: URLQuery
  readonly body: unknown
}

export type URLQuery = ReadonlyMap<string, readonly string[]>

/** Answers 200 with what `answer` returns, 204 where that is undefined. */
export type On = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  permission: Permission,
  answer: (request: AloomaRequest) => unknown,
) => void

export function openRoutes(app: Api, store: Store): On {
  return (method, url, permission, answer) => {
    app.route({
      method,
      url,
      bodyLimit,
      config: { permission, identify: (request, countCall) => identifyClient(store, request, permission, countCall) },
      schema: { hide: true },
      async handler(request, reply) {
        const { caller, body } = request
        const params = request.params as Record<string, string>
        const given = await answer({ caller, params, query: readQuery(request), body })
        if (given === undefined) return reply.code(204).send(null)
        return reply.code(200).type('application/json').send(JSON.stringify(given))
      },
    })
  }
}

/** Our own reading of it: these clients quote nothing, so that `+` is a plus (ALOOMA-Q2), and `samples&status=A` has a query too (Q1). */
function readQuery({ url }: FastifyRequest): URLQuery {
  const query = new Map<string, string[]>()
  const from = url.search(/[?&]/)
  if (from === -1) return query
  for (const pair of url.slice(from + 1).split('&')) {
    const [name = '', ...value] = pair.split('=')
    if (name === '') continue
    const key = decoded(name)
    query.set(key, [...(query.get(key) ?? []), decoded(value.join('='))])
  }
  return query
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** @throws MillraceError `invalid_request`: names what is wrong with the body. */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message }))
  const detail = fields.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new MillraceError('invalid_request', detail, { fields })
}

export function refused(message: string): MillraceError {
  return new MillraceError('invalid_request', message)
}

export const anyObject: z.ZodType<Record<string, unknown>> = z.record(z.string(), z.unknown())
