/** Answers that tell a resource carry its version tag, for `If-Match`. */
import type { FastifyReply } from 'fastify'
import { versionTagOf } from '../operations/version-tag.ts'

export function tagged<T extends object>(reply: Pick<FastifyReply, 'header'>, resource: T): T {
  reply.header('etag', versionTagOf(resource))
  return resource
}
