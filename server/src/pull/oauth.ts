/** Access tokens of OAuth 2 (RFC 6749) for connectors: asked for up to three times; a failure then is not retryable. */
import { z } from 'zod'
import { MillraceError } from '../errors.ts'
import { type ConnectorHttp, type HttpAnswer, NotRetryable } from './connector.ts'

export interface OAuthGrant {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret?: string | undefined
  /** Where the client's id and secret are sent. */
  readonly clientIn: 'body' | 'header'
  readonly scope?: string | undefined
  /** With it the grant is `refresh_token`, without it `client_credentials`. */
  readonly refreshToken?: string | undefined
}

/** To be saved before it is used: the other side may have made an end to the refresh token of before. */
export interface OAuthAccess {
  readonly accessToken: string
  readonly refreshToken?: string
  /** ms since 1970 UTC; undefined where the other side does not say. */
  readonly expiresAt: number | undefined
}

const triesMax = 3

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
})

/** @throws NotRetryable: no new token is to be had. */
export async function renewAccess(grant: OAuthGrant, http: ConnectorHttp, now: () => number): Promise<OAuthAccess> {
  const answer = tokenAnswer.safeParse(await askForToken(grant, http))
  if (!answer.success) throw new NotRetryable(`${grant.tokenUrl} answered without an access_token`)
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = answer.data
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    expiresAt: seconds === undefined ? undefined : now() + seconds * 1000,
  }
}

/** What a header of basic authentication holds. */
export function basicAuthorization(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** Up to three tries; what fails then, or is refused, no repeat of the job helps. */
async function askForToken(grant: OAuthGrant, http: ConnectorHttp): Promise<unknown> {
  const { url, ...options } = tokenRequest(grant)
  for (let tries = 1; ; tries++) {
    const refused = (why: string, cause?: unknown) =>
      new NotRetryable(`No access token from ${grant.tokenUrl}: ${why}`, { cause })
    let answer: HttpAnswer
    try {
      answer = await http.request(url, options)
      if (answer.status < 300) return answer.json()
    } catch (error) {
      const isOver = tries === triesMax || !(error instanceof MillraceError && error.retryable)
      if (isOver) throw refused((error as Error).message, error)
      continue
    }
    if (answer.status < 500 || tries === triesMax) throw refused(reasonOf(answer))
  }
}

function tokenRequest(grant: OAuthGrant) {
  const { clientId, clientSecret, refreshToken, scope } = grant
  const client = { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) }
  const body = new URLSearchParams({
    grant_type: refreshToken === undefined ? 'client_credentials' : 'refresh_token',
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(scope !== undefined && { scope }),
    ...(grant.clientIn === 'body' && client),
  })
  const asHeader = basicAuthorization(encodeURIComponent(clientId), encodeURIComponent(clientSecret ?? ''))
  return {
    url: grant.tokenUrl,
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(grant.clientIn === 'header' && { authorization: asHeader }),
    },
    body: body.toString(),
  }
}

/** `invalid_grant`, as RFC 6749 §5.2 words it; nothing else of the answer, which may hold anything. */
function reasonOf(answer: HttpAnswer): string {
  try {
    const { error } = z.object({ error: z.string().max(100) }).parse(answer.json())
    return `${answer.status} ${error}`
  } catch {
    return `${answer.status}`
  }
}
