/** Who a request comes from: a token in `Authorization`, or a session's cookie, which other sites' pages must not be able to use. */
import type { FastifyRequest } from 'fastify'
import { MillraceError } from '../../errors.ts'
import { digest, isDigest } from '../credentials.ts'
import { type Credentials, identify } from '../operations/callers.ts'
import type { Caller } from '../operations/operation.ts'
import type { RateLimits } from '../rate-limits.ts'
import type { Store } from '../store/store.ts'
import type { Api } from './app.ts'
import { countCallsFor } from './rate-limiting.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent on public routes, and on those for metrics where the config's token for them was shown. */
    caller: Caller
  }
}

/** `__Host-`: a browser takes it over TLS alone, and never from a subdomain. */
export function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-mlr' : 'mlr'
}

interface AuthenticationSettings {
  readonly store: Store
  readonly isSecure: boolean
  /** Opens the metrics of all workspaces, and nothing else. */
  readonly metricsToken: string | undefined
  readonly rateLimits: RateLimits
}

export function authenticate(app: Api, { store, isSecure, metricsToken, rateLimits }: AuthenticationSettings): void {
  const metricsDigest = metricsToken === undefined ? undefined : digest(metricsToken)
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request, reply) => {
    const { permission, identify: identifyOtherwise } = request.routeOptions.config
    if (request.is404 || permission === undefined) return
    if (permission === 'public') {
      if (!isReading(request)) refuseForeignSite(request)
      return
    }
    const countCall = countCallsFor(reply, rateLimits, store.now)
    if (identifyOtherwise !== undefined) {
      if (!isReading(request)) refuseForeignSite(request)
      request.caller = await identifyOtherwise(request, countCall)
      return
    }
    const credentials = credentialsOf(request, isSecure)
    if (permission === 'metrics' && isToken(credentials.token, metricsDigest)) return
    if (credentials.session !== undefined && !isReading(request)) refuseForgery(request)
    request.caller = await identify(store, credentials, {
      permission: permission === 'metrics' ? 'status:read' : permission,
      workspace: workspaceOf(request),
      ip: request.ip,
      requestId: request.id,
      countCall,
    })
  })
}

function credentialsOf({ headers }: FastifyRequest, isSecure: boolean): Credentials {
  const { authorization } = headers
  if (authorization === undefined) return { session: cookieOf(headers.cookie, cookieName(isSecure)) }
  return { token: /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '' }
}

function isToken(token: string | undefined, wanted: Buffer | undefined): boolean {
  return token !== undefined && wanted !== undefined && isDigest(digest(token), wanted.toString('hex'))
}

export function cookieOf(header: string | undefined, name: string): string | undefined {
  const pairs = header?.split(';').map((pair) => pair.trim()) ?? []
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** A page of another site cannot set our header, because it would have to ask us first and we never allow it. */
function refuseForgery(request: FastifyRequest): void {
  if (request.headers['x-millrace-csrf'] !== '1') {
    throw new MillraceError('forbidden', 'A change by a session needs the header x-millrace-csrf: 1')
  }
  refuseForeignSite(request)
}

/** Browsers tell `Sec-Fetch-Site` where the origin is TLS or loopback; other clients never do. */
function refuseForeignSite({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin') return
  throw new MillraceError('forbidden', 'Pages of another site may not do that')
}

/** The path's workspace, else the query's. */
function workspaceOf({ params, query }: FastifyRequest): string | undefined {
  const asked = (params as Record<string, unknown>)['workspace'] ?? (query as Record<string, unknown>)['workspace']
  if (asked === undefined || typeof asked === 'string') return asked
  throw new MillraceError('invalid_request', 'workspace: give it once')
}
