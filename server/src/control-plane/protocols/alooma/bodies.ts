/** Bodies as Alooma's clients send them: JSON, also without a Content-Type (G-9), or none at all under the name of JSON (ALOOMA-11). */
import type { FastifyRequest } from 'fastify'
import { MillraceError } from '../../../errors.ts'
import type { Api } from '../../api/app.ts'

/** Mappings, tables and code come whole. */
export const bodyLimit = 16 * 1024 * 1024

/** @param parse @throws SyntaxError */
export function readBodies(app: Api, parse: (text: string) => unknown = parsePlainly): void {
  const options = { parseAs: 'string', bodyLimit } as const
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', options, async (_: FastifyRequest, text: string) => read(text, parse))
  app.addContentTypeParser('*', options, async ({ headers }: FastifyRequest, text: string) => {
    const type = headers['content-type']
    if (type === undefined) return read(text, parse)
    throw new MillraceError('unsupported_media_type', `Bodies are application/json, not ${type}`)
  })
}

/** Undefined for none. @throws MillraceError `invalid_json`. */
function read(text: string, parse: (text: string) => unknown): unknown {
  if (text.trim() === '') return undefined
  try {
    return parse(text)
  } catch (cause) {
    throw new MillraceError('invalid_json', 'The body is not JSON', { cause })
  }
}

function parsePlainly(text: string): unknown {
  return JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value))
}
