/** The archive of a workspace: where its raw events are kept, and how far that is. The secret key goes in, and is never shown. */
import type { ArchiveConfig, ArchiveStatus, ArchiveTarget } from '../../archive.ts'
import { MillraceError } from '../../errors.ts'
import { loadArchive, placeOfArchiveSecret } from '../archives.ts'
import type { DataPlane } from '../data-plane.ts'
import { type ArchiveRow, deleteArchive, findArchive, putArchive } from '../store/archives.ts'
import type { Db, Tx } from '../store/schema.ts'
import { deleteSecret } from '../store/secrets.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation } from './operation.ts'

type S3Draft = Omit<Extract<ArchiveTarget, { kind: 's3' }>, 'secretAccessKey'> & {
  readonly secretAccessKey?: string | undefined
}
type FolderTarget = Extract<ArchiveTarget, { kind: 'folder' }>
/** A secret key that is left out stays what it was, for the same access key at the same endpoint. */
export type ArchiveTargetDraft = FolderTarget | S3Draft
export type ArchiveDraft = Omit<ArchiveConfig, 'target'> & { readonly target: ArchiveTargetDraft }

export interface ShownArchive extends Omit<ArchiveConfig, 'target' | 'inputs'> {
  readonly inputs: string[] | null
  readonly target: FolderTarget | Omit<S3Draft, 'secretAccessKey'>
  readonly createdAt: number
  readonly updatedAt: number
  /** Undefined for a moment, while it begins. */
  readonly status: ArchiveStatus | undefined
}

export interface ArchiveTest {
  readonly isWritable: boolean
  /** What is wrong, and what can be done about it. */
  readonly reason: string | null
}

export function archiveOperations(store: Store, { archives }: Pick<DataPlane, 'archives'>) {
  const shown = async ({ workspaceId, target, inputs, ...row }: ArchiveRow): Promise<ShownArchive> => ({
    ...row,
    target: JSON.parse(target) as ShownArchive['target'],
    inputs: inputs === null ? null : (JSON.parse(inputs) as string[]),
    status: await archives.status(workspaceId),
  })

  return {
    /** @throws MillraceError `not_found`: nothing is archived. */
    get: operation('settings:read', async (caller) => {
      const row = await findArchive(store.db, caller.workspace)
      if (row === undefined) throw notFound('archive')
      return shown(row)
    }),

    /** In place of the one that there is; it goes on where that one was. @throws MillraceError `invalid_request`: a secret is missing. */
    set: operation(
      'settings:write',
      async (caller, { target: draft, inputs, rollBytes, rollSeconds }: ArchiveDraft) => {
        const { workspace: workspaceId } = caller
        const row = await store.change(authorOf(caller), async (tx) => {
          const before = await findArchive(tx, workspaceId)
          const target = await whole(store, tx, caller, draft)
          const now = store.now()
          const result: ArchiveRow = {
            workspaceId,
            target: JSON.stringify(withoutSecret(target)),
            inputs: inputs && JSON.stringify(inputs),
            rollBytes,
            rollSeconds,
            createdAt: before?.createdAt ?? now,
            updatedAt: now,
          }
          await putArchive(tx, result)
          if (target.kind === 's3')
            await store.writeSecret(tx, placeOfArchiveSecret(workspaceId), Buffer.from(target.secretAccessKey))
          else await deleteSecret(tx, placeOfArchiveSecret(workspaceId))
          const detail = { target: withoutSecret(target), inputs, rollBytes, rollSeconds }
          return { result, audit: { workspaceId, action: 'archive.set', object: workspaceId, detail } }
        })
        await archives.set(workspaceId, (await loadArchive(store, workspaceId)) ?? null)
        return shown(row)
      },
    ),

    /** What is archived stays where it is. @throws MillraceError `not_found`. */
    delete: operation('settings:write', async (caller) => {
      const { workspace: workspaceId } = caller
      await store.change(authorOf(caller), async (tx) => {
        if ((await findArchive(tx, workspaceId)) === undefined) throw notFound('archive')
        await deleteArchive(tx, workspaceId)
        await deleteSecret(tx, placeOfArchiveSecret(workspaceId))
        return { result: undefined, audit: { workspaceId, action: 'archive.deleted', object: workspaceId } }
      })
      await archives.set(workspaceId, null)
    }),

    /** Writes a small object and deletes it: there, or where the archive is. @throws MillraceError `not_found`: it is nowhere. */
    test: operation('settings:write', async (caller, draft?: ArchiveTargetDraft): Promise<ArchiveTest> => {
      const { workspace: workspaceId } = caller
      const target = await store.change(authorOf(caller), async (tx) => {
        const result = draft
          ? await whole(store, tx, caller, draft)
          : (await loadArchive(store, workspaceId, tx))?.target
        if (result === undefined) throw notFound('archive')
        const detail = { target: withoutSecret(result) }
        return { result, audit: { workspaceId, action: 'archive.tested', object: workspaceId, detail } }
      })
      try {
        await archives.test(workspaceId, target)
        return { isWritable: true, reason: null }
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code === 'internal') throw error
        return {
          isWritable: false,
          reason: error.hint === undefined ? error.message : `${error.message}. ${error.hint}`,
        }
      }
    }),
  }
}

/** With the secret key that is known, where it is left out: never one that was meant for another endpoint or another key. */
async function whole(
  store: Store,
  tx: Db & Tx,
  { workspace }: Caller,
  draft: ArchiveTargetDraft,
): Promise<ArchiveTarget> {
  if (draft.kind === 'folder') return draft
  const { secretAccessKey, ...rest } = draft
  if (secretAccessKey !== undefined) return { ...rest, secretAccessKey }
  const before = (await loadArchive(store, workspace, tx))?.target
  const isSame = before?.kind === 's3' && before.endpoint === rest.endpoint && before.accessKeyId === rest.accessKeyId
  if (isSame) return { ...rest, secretAccessKey: before.secretAccessKey }
  const message = 'Needs to be given: there is none yet for this access key at this endpoint'
  throw new MillraceError('invalid_request', 'The secret access key is missing', {
    fields: [{ field: 'target.secretAccessKey', message }],
  })
}

function withoutSecret(target: ArchiveTarget): ShownArchive['target'] {
  if (target.kind === 'folder') return target
  const { secretAccessKey: _, ...shown } = target
  return shown
}
