/** Default deny: a route says which permission it needs, or the API does not start. */
import type { Caller } from '../operations/operation.ts'
import type { Permission } from '../permissions.ts'
import type { Api } from './app.ts'
import type { CountCall } from './rate-limiting.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission
    /** How a protocol of others knows who calls, in place of our tokens and sessions. It sees to the permission. */
    identify?: (request: FastifyRequest, countCall: CountCall) => Promise<Caller>
  }
}

export function requirePermissions(app: Api): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.permission === undefined) throw new Error(`The route ${method} ${url} declares no permission`)
  })
}
