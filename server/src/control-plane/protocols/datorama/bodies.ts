/** Bodies as pyDatorama sends them: JSON, JSON of a text that is JSON (DATORAMA-Q3), or none at all under the name of JSON (Q5). */
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import type { Api } from '../../api/app.ts'

const bodyLimit = 16 * 1024 * 1024

export function readBodiesLoosely(app: Api): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, text, done) => {
    try {
      done(null, parseBody(text as string))
    } catch (error) {
      done(error as Error)
    }
  })
}

/** Undefined for none. @throws MillraceError `invalid_json`. */
export function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined
  const value = parse(text)
  return typeof value === 'string' ? parse(value) : value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value))
  } catch (cause) {
    throw new MillraceError('invalid_json', 'The body is not JSON', { cause })
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

export const anyObject: z.ZodType<Record<string, unknown>> = z.record(z.string(), z.unknown(), 'has to be an object')

export function refused(message: string): MillraceError {
  return new MillraceError('invalid_request', message)
}
