/** How requests show who asks. An access token of OAuth 2 (RFC 6749) is fetched, used until it expires or is refused, and saved. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import { type ConnectorContext, type HttpAnswer, NotRetryable } from '../../connector.ts'
import type { Auth } from './settings.ts'

export interface Credentials {
  /** What every request carries. Fetches an access token where there is none that is still good. */
  current(): Promise<Shown>
  /** After a 401: whether there is something new to try. @throws NotRetryable: no new token is to be had. */
  renew(): Promise<boolean>
  /** By what limits are shared among all sources that use the same one; no secret can be told from it. */
  readonly name: string
}

interface Shown {
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

/** A token that expires within that time is replaced beforehand. */
const marginMs = 30_000
const triesMax = 3

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
})

type OAuth = Auth & { type: 'oauth2' }
type Tools = Pick<ConnectorContext, 'http' | 'saveSettings'>

export function openCredentials(settings: { auth: Auth; url: string }, tools: Tools, now = Date.now): Credentials {
  let { auth } = settings
  const { host } = new URL(settings.url)
  return {
    name: `${host} ${fingerprint(auth)}`,
    async current() {
      if (auth.type !== 'oauth2') return shown(auth)
      const isGood = auth.accessToken !== undefined && (auth.expiresAt ?? Number.POSITIVE_INFINITY) - marginMs > now()
      const good = isGood ? auth : await refresh(auth, tools, now)
      auth = good
      return shown({ type: 'bearer', token: good.accessToken! })
    },
    async renew() {
      if (auth.type !== 'oauth2') return false
      auth = await refresh(auth, tools, now)
      return true
    },
  }
}

function shown(auth: Exclude<Auth, OAuth>): Shown {
  switch (auth.type) {
    case 'none':
      return { headers: {}, query: {} }
    case 'header':
      return { headers: { [auth.name]: auth.value }, query: {} }
    case 'key':
      return { headers: {}, query: { [auth.parameter]: auth.value } }
    case 'basic':
      return { headers: { authorization: basic(auth.username, auth.password) }, query: {} }
    case 'bearer':
      return { headers: { authorization: `Bearer ${auth.token}` }, query: {} }
  }
}

async function refresh(auth: OAuth, { http, saveSettings }: Tools, now: () => number): Promise<OAuth> {
  const { accessToken: _old, expiresAt: _expired, ...lasting } = auth
  const answer = tokenAnswer.safeParse(await askForToken(auth, http))
  if (!answer.success) throw new NotRetryable(`${auth.tokenUrl} answered without an access_token`)
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = answer.data
  const fresh: OAuth = {
    ...lasting,
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(seconds !== undefined && { expiresAt: now() + seconds * 1000 }),
  }
  await saveSettings({ auth: fresh })
  return fresh
}

/** Up to three tries; what fails then, or is refused, no repeat of the job helps. */
async function askForToken(auth: OAuth, http: Tools['http']): Promise<unknown> {
  const { url, ...options } = tokenRequest(auth)
  for (let tries = 1; ; tries++) {
    const refused = (why: string, cause?: unknown) =>
      new NotRetryable(`No access token from ${auth.tokenUrl}: ${why}`, { cause })
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

function tokenRequest(auth: OAuth) {
  const { clientId, clientSecret, refreshToken, scope } = auth
  const client = { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) }
  const body = new URLSearchParams({
    grant_type: refreshToken === undefined ? 'client_credentials' : 'refresh_token',
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(scope !== undefined && { scope }),
    ...(auth.clientIn === 'body' && client),
  })
  const asHeader = basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret ?? ''))
  return {
    url: auth.tokenUrl,
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(auth.clientIn === 'header' && { authorization: asHeader }),
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

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** Of what stays: an access token changes. */
function fingerprint(auth: Auth): string {
  const lasting = auth.type === 'oauth2' ? [auth.tokenUrl, auth.clientId, auth.clientSecret ?? ''] : Object.values(auth)
  return createHash('sha256').update(JSON.stringify(lasting)).digest('base64url').slice(0, 12)
}
