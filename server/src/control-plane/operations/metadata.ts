/** Workspaces, sources and jobs as tables, of all workspaces that the caller may see: whole, or what changed since they were asked for. */
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import type { MetadataKind, MetadataRow } from '../../metadata-tables.ts'
import type { DataPlane } from '../data-plane.ts'
import { changedParts, isKnown, sourceTypes, wholeParts } from '../metadata-source.ts'
import { mayRole } from '../permissions.ts'
import { newestChange } from '../store/metadata.ts'
import type { Store } from '../store/store.ts'
import { workspacesOfUser } from '../store/workspaces.ts'
import { callerNow } from './callers.ts'
import { authorOf, type Caller, operation } from './operation.ts'

interface MetadataRequest {
  readonly kind: MetadataKind
  /** Of this workspace alone, which is the caller's; of all that the caller may see where it is false. */
  readonly isOfOne: boolean
  /** What an answer said, or a time, ISO 8601. */
  readonly changedSince?: string | undefined
}

export interface MetadataAnswer {
  /** `changedSince` of the next request. */
  readonly next: string
  /** Everything there is, in place of what the caller knows; else what changed, and what is gone. */
  readonly isWhole: boolean
  readonly parts: AsyncIterable<MetadataPart>
}

export interface MetadataPart {
  readonly rows: readonly MetadataRow[]
  /** What is gone: its workspace and id. */
  readonly gone: readonly { readonly workspace: string; readonly id: string }[]
}

interface MetadataParts {
  readonly store: Store
  readonly types: Readonly<Record<string, InputType>>
  readonly dataPlane: Pick<DataPlane, 'refreshMetadata'>
}

export function metadataOperations({ store, types, dataPlane }: MetadataParts) {
  const { db } = store
  const names = sourceTypes(types)

  async function* partsOf(ids: readonly string[], kind: MetadataKind, since: number, until: number) {
    for (const workspace of ids) {
      const part = { workspace, kind, types: names }
      if (since === 0) for await (const rows of wholeParts(db, part)) yield { rows, gone: [] }
      else {
        for await (const { rows, gone } of changedParts(db, part, since, until)) {
          yield { rows, gone: gone.map((id) => ({ workspace, id })) }
        }
      }
    }
  }

  return {
    /** @throws MillraceError `invalid_request`: `changedSince` is neither a time nor of an answer. */
    read: operation('session', async (caller, request: MetadataRequest): Promise<MetadataAnswer> => {
      const { kind, isOfOne, changedSince } = request
      const asked = changedSince === undefined ? 0 : readChange(changedSince)
      const until = await newestChange(db)
      const since = isKnown(asked, store.now()) ? asked : 0
      const ids = isOfOne ? [caller.workspace] : await visible(store, caller, kind)
      return { next: String(until), isWhole: since === 0, parts: partsOf(ids, kind, since, until) }
    }),

    /** Brings the tables in the destination up to now; they are by themselves within a minute. */
    refresh: operation('query:run', async (caller): Promise<void> => {
      await dataPlane.refreshMetadata(caller.workspace)
      await store.change(authorOf(caller), async () => {
        const { workspace: workspaceId } = caller
        return { result: undefined, audit: { workspaceId, action: 'metadata.refreshed', object: workspaceId } }
      })
    }),
  }
}

/** Of workspaces those that are archived are told too: that they are is part of it. */
async function visible(store: Store, caller: Caller, kind: MetadataKind): Promise<string[]> {
  const asker = { ...caller, userId: caller.user.id }
  const all = await workspacesOfUser(store.db, caller.user.id, { limit: 10_000 })
  const seen: string[] = []
  for (const { id, archivedAt } of all) {
    if (archivedAt !== null) {
      if (kind === 'workspaces' && (await isFree(store, caller))) seen.push(id)
      continue
    }
    const { role } = await callerNow(store, asker, id)
    if (role !== undefined && mayRole(role, 'sources:read')) seen.push(id)
  }
  return seen
}

/** Whether the caller sees all that the user does: a token bound to a workspace sees no other. */
async function isFree(store: Store, { tokenId }: Caller): Promise<boolean> {
  if (tokenId === null) return true
  const token = await store.db.selectFrom('tokens').select('workspaceId').where('id', '=', tokenId).executeTakeFirst()
  return token?.workspaceId === null
}

/** Changes are numbered by µs since 1970 UTC, so that a time says where to begin, too. */
function readChange(text: string): number {
  if (/^\d{1,16}$/.test(text)) return Number(text)
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return Math.max(0, at * 1_000)
  const message = 'It is neither what an answer said nor a time such as 2026-01-31T10:00:00Z'
  throw new MillraceError('invalid_request', `changedSince: ${message}`, {
    fields: [{ field: 'changedSince', message }],
  })
}
