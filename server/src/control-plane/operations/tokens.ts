/** API tokens. A token speaks for a user in one workspace and never may more than they, nor more than whoever made it. */
import { MillraceError } from '../../errors.ts'
import { newCredential } from '../credentials.ts'
import { isAtLeast, type Role } from '../permissions.ts'
import type { Store } from '../store/store.ts'
import { deleteToken, findToken, insertToken, listTokens, type TokenRow } from '../store/tokens.ts'
import { authorOf, type Caller, forbidden, notFound, operation, type Page } from './operation.ts'

export interface NewToken {
  readonly label: string
  /** The most it may do. */
  readonly role: Role
  /** Null: never. */
  readonly expiresInMs: number | null
}

export function tokenOperations(store: Store) {
  return {
    /** Those of the workspace, by id; of others only for who may manage users. */
    list: operation('tokens:read', (caller, page: Page) =>
      listTokens(store.db, caller.workspace, seesAll(caller) ? {} : { userId: caller.user.id }, page),
    ),

    /** The text is told once. @throws MillraceError `forbidden`: the role is stronger than the caller's. */
    create: operation('tokens:write', async (caller, { label, role, expiresInMs }: NewToken) => {
      if (caller.role === undefined || !isAtLeast(caller.role, role)) {
        throw forbidden(`The role ${role} is stronger than your own`)
      }
      const { workspace: workspaceId } = caller
      const now = store.now()
      const { id, hash, text } = newCredential('api')
      const token: TokenRow = {
        id,
        userId: caller.user.id,
        workspaceId,
        role,
        label,
        hash,
        origin: 'issued',
        createdAt: now,
        expiresAt: await expiry(store, caller, expiresInMs === null ? null : now + expiresInMs),
        lastUsedAt: null,
      }
      return store.change(authorOf(caller), async (tx) => {
        await insertToken(tx, token)
        const detail = { label, role, expiresAt: token.expiresAt }
        return { result: { token, text }, audit: { workspaceId, action: 'token.created', object: id, detail } }
      })
    }),

    revoke: operation('tokens:write', (caller, id: string) =>
      store.change(authorOf(caller), async (tx) => {
        const { workspace: workspaceId } = caller
        const token = await findToken(tx, id)
        const isSeen = token?.workspaceId === workspaceId && (seesAll(caller) || token.userId === caller.user.id)
        if (!isSeen) throw notFound('token')
        await deleteToken(tx, id)
        const audit = { workspaceId, action: 'token.revoked', object: id, detail: { label: token.label } }
        return { result: undefined, audit }
      }),
    ),
  }
}

function seesAll({ role }: Caller): boolean {
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
