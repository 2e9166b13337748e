/**
 * Pages of other origins as senders: the Fetch standard's CORS protocol, without credentials. A key that stands in a page can only
 * write; which pages may use it, its input says.
 */
import { z } from 'zod'
import { MillraceError } from '../errors.ts'
import type { InputSnapshot } from '../inputs.ts'
import type { HttpReply, RequestHead } from './protocol.ts'
import type { Candidate, RouteMatch } from './router.ts'

/** For the settings of protocols that pages speak. */
export const originSettings = {
  allowedOrigins: z
    .array(
      z.union([
        z.literal('*'),
        z.string().regex(/^https?:\/\/[^/\s]+$/, 'Write an origin such as https://shop.example'),
      ]),
    )
    .default([])
    .describe('Origins of pages that may send with the key; * for all. None: the key is for servers and apps alone'),
}

export function allowsOrigins({ settings }: InputSnapshot): boolean {
  return originsOf(settings).length > 0
}

/** @throws MillraceError `forbidden`: the request comes from a page that the input does not name. */
export function checkOrigin({ headers }: RequestHead, { settings }: InputSnapshot): void {
  const { origin } = headers
  if (origin === undefined || isOurs(origin, headers.host)) return
  const allowed = originsOf(settings)
  if (allowed.includes('*') || allowed.includes(origin.toLowerCase())) return
  throw new MillraceError('forbidden', 'The input takes nothing from pages of this origin', {
    hint: 'Name the origin in the setting allowedOrigins of the input.',
  })
}

/** A page that this server serves itself. */
function isOurs(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

function originsOf({ allowedOrigins }: InputSnapshot['settings']): readonly string[] {
  return Array.isArray(allowedOrigins) ? allowedOrigins.map((origin) => String(origin).toLowerCase()) : []
}

/** Whether a browser asks, before it sends: then no key is known yet. */
export function isPreflight({ method, headers }: RequestHead): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/** Undefined where no protocol at this path is for pages. */
export function preflightReply({ candidates }: RouteMatch, { headers }: RequestHead): HttpReply | undefined {
  const methods = [...candidates].filter(([, sharers]) => sharers.some(isForPages)).map(([method]) => method)
  if (methods.length === 0) return undefined
  const wanted = (headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim().toLowerCase())
  return {
    status: 204,
    headers: {
      ...corsHeaders,
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': wanted.filter((name) => headersOfPages.has(name)).join(', '),
      'access-control-max-age': '86400',
    },
    body: '',
  }
}

export function isForPages({ protocol }: Candidate): boolean {
  return protocol.isForPages === true
}

/** On every answer to a page, so that it can read why it is refused. Nothing in it depends on cookies: there are none. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'retry-after, ratelimit, ratelimit-policy, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
}

const headersOfPages = new Set([
  'authorization',
  'content-type',
  'content-encoding',
  'idempotency-key',
  'x-millrace-key',
  'x-millrace-signature',
  'anonymousid',
])
