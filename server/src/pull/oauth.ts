/** OAuth 2 (RFC 6749 §6) for connectors: an access token that is renewed when it ends, and kept with what came with it. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { type ConnectorContext, type HttpAnswer, NotRetryable } from './connector.ts'

export interface OAuthGrant {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  /** As they were last saved; asked for where they are absent. */
  readonly accessToken?: string | undefined
  /** ms since 1970 UTC. */
  readonly expiresAt?: number | undefined
}

/** What of the settings a new token changes. */
export type OAuthChange = Required<Pick<OAuthGrant, 'accessToken' | 'refreshToken'>> & { expiresAt?: number }

export interface OAuthTokens {
  /** One that has not ended, as far as is known. @throws NotRetryable */
  get(): Promise<string>
  /** A new one, after the old was refused. Whoever asks meanwhile gets the same. @throws NotRetryable */
  renew(): Promise<string>
}

const answer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive().optional(),
})

const triesMax = 3
const retryMs = 1_000
/** A token is renewed so long before its end. */
const marginMs = 60_000

/** `changed` makes of a change what `saveSettings` takes; the token is used only once it is saved. */
export function openOAuth(
  grant: OAuthGrant,
  context: Pick<ConnectorContext, 'http' | 'saveSettings' | 'log' | 'signal'>,
  changed: (change: OAuthChange) => Readonly<Record<string, unknown>>,
): OAuthTokens {
  let { accessToken, refreshToken, expiresAt } = grant
  let renewing: Promise<string> | undefined

  async function ask(): Promise<z.output<typeof answer>> {
    for (let tries = 1; ; tries++) {
      try {
        return tokenOf(await context.http.request(grant.tokenUrl, requestOf({ ...grant, refreshToken })))
      } catch (error) {
        context.signal.throwIfAborted()
        if (error instanceof NotRetryable) throw error
        if (tries >= triesMax) throw new NotRetryable('The access token could not be renewed', { cause: error })
        context.log.warn('the access token is not renewed yet', { reason: error as Error })
        await delay(retryMs * tries, undefined, { signal: context.signal })
      }
    }
  }

  async function renew(): Promise<string> {
    const given = await ask()
    accessToken = given.access_token
    refreshToken = given.refresh_token ?? refreshToken
    expiresAt = given.expires_in === undefined ? undefined : Date.now() + given.expires_in * 1_000
    await context.saveSettings(changed({ accessToken, refreshToken, ...(expiresAt !== undefined && { expiresAt }) }))
    context.log.info('the access token is renewed')
    return accessToken
  }

  const once = (): Promise<string> => {
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
    return renewing
  }
  return {
    renew: once,
    async get() {
      const isGood = expiresAt === undefined || expiresAt - marginMs > Date.now()
      return accessToken !== undefined && isGood ? accessToken : once()
    },
  }
}

function requestOf({ clientId, clientSecret, refreshToken }: OAuthGrant) {
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId }
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ ...fields, client_secret: clientSecret }).toString(),
  }
}

/** @throws NotRetryable: it was refused. */
function tokenOf({ status, json }: HttpAnswer): z.output<typeof answer> {
  if (status >= 400) throw new NotRetryable(`The access token is not renewed: the answer is ${status}`)
  return answer.parse(json())
}
