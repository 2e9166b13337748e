/** How requests show who asks. An access token of OAuth 2 is fetched, used until it expires or is refused, and saved. */
import { createHash } from 'node:crypto'
import type { ConnectorContext } from '../../connector.ts'
import { basicAuthorization, renewAccess } from '../../oauth.ts'
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
      return { headers: { authorization: basicAuthorization(auth.username, auth.password) }, query: {} }
    case 'bearer':
      return { headers: { authorization: `Bearer ${auth.token}` }, query: {} }
  }
}

/** The token is saved before it is used. */
async function refresh(auth: OAuth, { http, saveSettings }: Tools, now: () => number): Promise<OAuth> {
  const fresh: OAuth = { ...auth, ...(await renewAccess(auth, http, now)) }
  await saveSettings({ auth: fresh })
  return fresh
}

/** Of what stays: an access token changes. */
function fingerprint(auth: Auth): string {
  const lasting = auth.type === 'oauth2' ? [auth.tokenUrl, auth.clientId, auth.clientSecret ?? ''] : Object.values(auth)
  return createHash('sha256').update(JSON.stringify(lasting)).digest('base64url').slice(0, 12)
}
