/** Failures as the API tells them: problems of RFC 9457. What nobody foresaw is logged here and told without its inside. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type ErrorCode, type FieldError, MillraceError } from '../../errors.ts'
import { problemHeaders, problemOf } from '../../problem.ts'
import type { Logger } from '../../telemetry.ts'
import type { Api } from './app.ts'
import { setSecurityHeaders } from './security-headers.ts'

export function answerProblems(app: Api, logger: Logger): void {
  const known: { method: string; pattern: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replaceAll(/:[^/]+/g, '[^/]+')}$`)
    for (const name of [method].flat()) known.push({ method: name, pattern })
  })

  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') {
      const fields = { requestId: request.id, method: request.method, route: request.routeOptions.url }
      logger.error('request failed', { ...fields, error: error as Error })
    }
    return answer(reply, request, failure)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (methods.length === 0)
      return answer(reply, request, new MillraceError('not_found', 'There is nothing at this path'))
    reply.header('allow', methods.join(', '))
    return answer(reply, request, new MillraceError('method_not_allowed', `Here one can only ${methods.join(', ')}`))
  })
}

/** For what Fastify refuses before it has a route: a URL that cannot be decoded. */
export function refuseBrokenRequest(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  setSecurityHeaders(reply, request.id)
  answer(reply, request, new MillraceError('invalid_request', 'The URL is not properly encoded'))
}

function answer(reply: FastifyReply, request: FastifyRequest, failure: MillraceError): FastifyReply {
  return reply
    .code(failure.status)
    .headers(problemHeaders(failure))
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemOf(failure, request.id))
}

const codeOfFramework: Partial<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'request_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
}

/** As whoever answers tells it; `internal` for what nobody foresaw. */
export function failureOf(given: unknown): MillraceError {
  const error = given as FastifyError
  if (error instanceof MillraceError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields = fieldErrors(error)
    const detail = fields.map(({ field, message }) => `${field}: ${message}`).join('; ')
    return new MillraceError('invalid_request', detail, { fields })
  }
  const code = codeOfFramework[error.code] ?? (error.statusCode === 400 ? 'invalid_request' : 'internal')
  return new MillraceError(code, error.message, { cause: error })
}

const errorsMax = 10

function fieldErrors({ validation, validationContext }: FastifyError): FieldError[] {
  return (validation ?? []).slice(0, errorsMax).map(({ instancePath, message = 'is not allowed', params }) => {
    const place = instancePath.slice(1).replaceAll('/', '.')
    const unknown = (params['keys'] as string[] | undefined)?.map((key) => (place ? `${place}.${key}` : key))
    return { field: unknown?.join(', ') || place || (validationContext ?? 'body'), message }
  })
}
