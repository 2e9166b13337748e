/** Sessions: a user logs in with a password, asks who they are, changes the password, logs out. */
import { randomBytes } from 'node:crypto'
import { MillraceError } from '../../errors.ts'
import { clientOf } from '../../peer.ts'
import { digest } from '../credentials.ts'
import type { Passwords } from '../passwords.ts'
import type { Role } from '../permissions.ts'
import { deleteSession, deleteSessionsBefore, deleteSessionsOfUser, insertSession } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'
import { findUser, findUserByEmail, updatePassword } from '../store/users.ts'
import { createThrottle } from '../throttle.ts'
import { sessionLimits } from './callers.ts'
import { authorOf, type Caller, forbidden, operation } from './operation.ts'

const perMinute = { windowMs: 60_000, windowMsMax: 15 * 60_000, keysMax: 10_000 } as const
const knownPlacesMax = 10_000

export interface Identity {
  readonly user: Caller['user']
  readonly workspace: string
  /** In the workspace; null where the user has none. */
  readonly role: Role | null
  readonly tokenId: string | null
}

export function sessionOperations(store: Store, passwords: Passwords) {
  const { now } = store
  const accounts = createThrottle({ ...perMinute, attemptsMax: 5, now })
  const addresses = createThrottle({ ...perMinute, attemptsMax: 20, now })
  /** Accounts with the clients that they have logged in from: nobody who guesses elsewhere can keep them out there. */
  const knownPlaces = new Set<string>()
  const rememberPlace = (place: string) => {
    knownPlaces.delete(place)
    knownPlaces.add(place)
    if (knownPlaces.size > knownPlacesMax) knownPlaces.delete(knownPlaces.keys().next().value!)
  }

  /**
   * The session's text, for the cookie; it ends when it was unused for `idleMs`. The same answer, in the same time, for a wrong
   * password and for a user who does not exist.
   */
  const login = async (
    { email, password }: { email: string; password: string },
    { ip, requestId }: Pick<Caller, 'ip' | 'requestId'>,
    idleMs: number = sessionLimits.idleMs,
  ): Promise<string> => {
    const account = email.toLowerCase()
    const client = clientOf(ip ?? '')
    const place = `${account} ${client}`
    const guessed = knownPlaces.has(place) ? place : account
    addresses.take(client)
    accounts.take(guessed)
    const user = await findUserByEmail(store.db, account)
    const isRight = await passwords.isRight(password, user?.passwordHash)
    const text = randomBytes(32).toString('base64url')
    const author = { actor: user?.id ?? 'nobody', tokenId: null, ip, requestId }
    await store.change(author, async (tx) => {
      if (user && isRight) {
        const at = now()
        await deleteSessionsBefore(tx, { createdAt: at - sessionLimits.absoluteMs, now: at })
        await insertSession(tx, { hash: hashOf(text), userId: user.id, createdAt: at, lastSeenAt: at, idleMs })
      }
      const action = isRight ? 'session.opened' : 'session.refused'
      return { result: undefined, audit: { workspaceId: null, action, object: user?.id ?? 'nobody' } }
    })
    if (!isRight) throw new MillraceError('unauthenticated', 'E-mail address or password is wrong')
    addresses.giveBack(client)
    accounts.forget(guessed)
    rememberPlace(place)
    return text
  }

  return {
    login: Object.assign(login, { permission: 'public' as const }),

    get: operation('session', async ({ user, workspace, role = null, tokenId }): Promise<Identity> => {
      return { user, workspace, role, tokenId }
    }),

    logout: operation('session', (caller) =>
      store.change(authorOf(caller), async (tx) => {
        const session = requireSession(caller)
        await deleteSession(tx, session)
        return { result: undefined, audit: { workspaceId: null, action: 'session.closed', object: caller.user.id } }
      }),
    ),

    /** All other sessions of the user end. */
    changePassword: operation('session', async (caller, { current, next }: { current: string; next: string }) => {
      const session = requireSession(caller)
      accounts.take(caller.user.email)
      const user = await findUser(store.db, caller.user.id)
      if (!(await passwords.isRight(current, user?.passwordHash))) throw forbidden('The current password is wrong')
      const passwordHash = await passwords.hash(next)
      await store.change(authorOf(caller), async (tx) => {
        await updatePassword(tx, caller.user.id, passwordHash)
        await deleteSessionsOfUser(tx, caller.user.id, session)
        return {
          result: undefined,
          audit: { workspaceId: null, action: 'user.password_changed', object: caller.user.id },
        }
      })
      accounts.forget(caller.user.email)
    }),
  }
}

function requireSession({ session }: Caller): string {
  if (session !== null) return session
  throw forbidden('Only a user who is logged in may do that, not a token')
}

function hashOf(text: string): string {
  return digest(text).toString('hex')
}
