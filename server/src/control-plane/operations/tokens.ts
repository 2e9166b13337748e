/** API tokens. A token speaks for a user, in one workspace or in all of theirs, and never may more than they, nor more than whoever made it. */
import { MillraceError } from '../../errors.ts'
import { newCredential } from '../credentials.ts'
import { isAtLeast, type Role } from '../permissions.ts'
import type { CallLimits } from '../rate-limits.ts'
import type { Tx } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { deleteToken, findToken, insertToken, listTokens, type TokenRow, updateToken } from '../store/tokens.ts'
import { authorOf, type Caller, forbidden, notFound, operation, type Page } from './operation.ts'

export interface NewToken {
  readonly label: string
  /** The most it may do. */
  readonly role: Role
  /** Null: never. */
  readonly expiresInMs: number | null
  readonly limits?: TokenLimits | undefined
  /** Wherever its user has a role, also one they get later; else in the caller's workspace alone. */
  readonly inEveryWorkspace?: boolean | undefined
}

/** How many calls it may make; null: as many as the process's config says. */
export interface TokenLimits {
  readonly perMinute?: number | null | undefined
  readonly perDay?: number | null | undefined
}

export function tokenOperations(store: Store, defaults: CallLimits) {
  return {
    /** Those of the workspace, by id; of others only for who may manage users. With one's own that are of every workspace. */
    list: operation('tokens:read', ({ workspace, user, ...caller }, page: Page) =>
      listTokens(store.db, workspace, { userId: user.id, isOfAll: seesAll(caller) }, page),
    ),

    /** The text is told once. @throws MillraceError `forbidden`: the role is stronger than the caller's. */
    create: operation('tokens:write', async (caller, draft: NewToken) => {
      const { label, role, expiresInMs, limits = {}, inEveryWorkspace = false } = draft
      if (caller.role === undefined || !isAtLeast(caller.role, role)) {
        throw forbidden(`The role ${role} is stronger than your own`)
      }
      refuseHigher(caller, limits, defaults)
      if (inEveryWorkspace) await refuseBound(store, caller)
      const { workspace: workspaceId } = caller
      const now = store.now()
      const { id, hash, text } = newCredential('api')
      const token: TokenRow = {
        id,
        userId: caller.user.id,
        workspaceId: inEveryWorkspace ? null : workspaceId,
        role,
        label,
        hash,
        origin: 'issued',
        createdAt: now,
        expiresAt: await expiry(store, caller, expiresInMs === null ? null : now + expiresInMs),
        lastUsedAt: null,
        callsPerMinuteMax: limits.perMinute ?? null,
        callsPerDayMax: limits.perDay ?? null,
      }
      return store.change(authorOf(caller), async (tx) => {
        await insertToken(tx, token)
        const detail = { label, role, expiresAt: token.expiresAt, limits, inEveryWorkspace }
        return { result: { token, text }, audit: { workspaceId, action: 'token.created', object: id, detail } }
      })
    }),

    /** Counts from its next call on. @throws MillraceError `forbidden`: only an administrator may raise them above the defaults. */
    limit: operation('tokens:write', (caller, id: string, limits: TokenLimits): Promise<TokenRow> => {
      refuseHigher(caller, limits, defaults)
      return store.change(authorOf(caller), async (tx) => {
        const token = await visibleToken(tx, caller, id)
        const { perMinute = token.callsPerMinuteMax, perDay = token.callsPerDayMax } = limits
        const change = { callsPerMinuteMax: perMinute, callsPerDayMax: perDay }
        await updateToken(tx, id, change)
        const audit = { workspaceId: caller.workspace, action: 'token.limited', object: id, detail: { limits } }
        return { result: { ...token, ...change }, audit }
      })
    }),

    revoke: operation('tokens:write', (caller, id: string) =>
      store.change(authorOf(caller), async (tx) => {
        const { workspace: workspaceId } = caller
        const token = await visibleToken(tx, caller, id)
        await deleteToken(tx, id)
        const audit = { workspaceId, action: 'token.revoked', object: id, detail: { label: token.label } }
        return { result: undefined, audit }
      }),
    ),
  }
}

async function visibleToken(tx: Tx, caller: Caller, id: string): Promise<TokenRow> {
  const token = await findToken(tx, id)
  const isOwn = token?.userId === caller.user.id && token.origin === 'issued'
  const isSeen =
    token?.workspaceId === null ? isOwn : token?.workspaceId === caller.workspace && (seesAll(caller) || isOwn)
  if (token === undefined || !isSeen) throw notFound('token')
  return token
}

/** Else a limit would be what everybody gives themselves. */
function refuseHigher(caller: Caller, { perMinute, perDay }: TokenLimits, defaults: CallLimits): void {
  if (seesAll(caller)) return
  if ((perMinute ?? 0) <= defaults.perMinute && (perDay ?? 0) <= defaults.perDay) return
  throw forbidden('Only an administrator may give a token more calls than is usual here')
}

/** A token of one workspace makes none that reaches beyond. */
async function refuseBound(store: Store, { tokenId }: Caller): Promise<void> {
  const parent = tokenId === null ? undefined : await findToken(store.db, tokenId)
  if (parent !== undefined && parent.workspaceId !== null)
    throw forbidden('A token of one workspace cannot make one of every workspace')
}

function seesAll({ role }: Pick<Caller, 'role'>): boolean {
  return role !== undefined && isAtLeast(role, 'admin')
}

/** A token that expires makes none that outlives it: it would be stronger. */
async function expiry(store: Store, { tokenId }: Caller, wanted: number | null): Promise<number | null> {
  const parent = tokenId === null ? undefined : await findToken(store.db, tokenId)
  const latest = parent?.expiresAt ?? Number.POSITIVE_INFINITY
  if ((wanted ?? Number.POSITIVE_INFINITY) <= latest) return wanted
  throw new MillraceError('forbidden', 'A token cannot make one that outlives it', {
    hint: `This one expires at ${new Date(latest).toISOString()}.`,
  })
}
