/** The headers that every answer carries. */
import type { FastifyReply } from 'fastify'
import type { Api } from './app.ts'

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': '',
  'cache-control': 'no-store',
} as const

export function securityHeaders(app: Api, { isSecure }: { isSecure: boolean }): void {
  app.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(reply, request.id)
    if (isSecure) reply.header('strict-transport-security', 'max-age=31536000')
  })
}

/** For answers that no hook sees. */
export function setSecurityHeaders(reply: FastifyReply, requestId: string): void {
  reply.headers(headers)
  reply.header('x-request-id', requestId)
}
