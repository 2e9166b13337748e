/**
 * Who a client of Datorama is: by a token of our API, bare in `Authorization`. It speaks for a user in one workspace or in all of
 * theirs, and each thing asked for says which that is.
 */
import type { FastifyRequest } from 'fastify'
import { hasCode, MillraceError } from '../../../errors.ts'
import { tooMany } from '../../api/rate-limiting.ts'
import { identify } from '../../operations/callers.ts'
import { type Caller, notFound } from '../../operations/operation.ts'
import type { Permission } from '../../permissions.ts'
import type { RateLimits, Standing } from '../../rate-limits.ts'
import type { Store } from '../../store/store.ts'

export interface Visitor {
  /** In no workspace yet. */
  readonly caller: Caller
  /** Ids of workspaces that the token reaches, of those given. */
  reaches(workspace: string): boolean
  /** @throws MillraceError `not_found`: not the visitor's, so that nobody learns of it; `forbidden`. */
  in(workspace: string, permission: Permission): Promise<Caller>
}

export interface Door {
  /** Counts the call. @throws MillraceError `unauthenticated`, `too_many_requests`. */
  enter(request: FastifyRequest): Promise<Visitor>
  /** After {@link enter}, whatever came of it. */
  standingOf(request: FastifyRequest): Standing
}

export function openDoor(store: Store, rateLimits: RateLimits): Door {
  const standings = new WeakMap<FastifyRequest, Standing>()
  return {
    async enter(request) {
      const { ip, id: requestId } = request
      const token = request.headers.authorization?.trim() ?? ''
      let bound: string | null = null
      const caller = await identify(
        store,
        { token },
        {
          ...{ permission: 'session', workspace: undefined, ip, requestId },
          async countCall(row) {
            bound = row.workspaceId
            const standing = await rateLimits.take(row)
            if (standing === undefined) return
            standings.set(request, standing)
            if (standing.isOver) throw tooMany(standing, store.now())
          },
        },
      ).catch(toldPlainly)
      return {
        caller,
        reaches: (workspace) => bound === null || bound === workspace,
        async in(workspace, permission) {
          try {
            return await identify(store, { token }, { permission, workspace, ip, requestId })
          } catch (error) {
            if (hasCode(error, 'not_found')) throw notFound('id')
            throw error
          }
        },
      }
    },
    standingOf: (request) => standings.get(request) ?? rateLimits.untouched(),
  }
}

function toldPlainly(error: unknown): never {
  if (!hasCode(error, 'unauthenticated')) throw error
  throw new MillraceError('unauthenticated', 'Authorization does not hold a token that is valid here', {
    hint: 'It is the token alone, without a word before it.',
  })
}
