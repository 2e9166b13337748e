/**
 * What Datorama's clients say of a thing and Millrace has no place for: kept as it was said, told again, and masked where it is
 * secret. One JSON object for each thing, whole in `secrets`, sealed, and masked in `datorama_state`.
 */
import { authorOf, type Caller } from '../../operations/operation.ts'
import {
  type DatoramaRow,
  deleteDatoramaRow,
  findDatoramaRow,
  listDatoramaRows,
  putDatoramaRow,
} from '../../store/datorama-state.ts'
import { deleteSecret } from '../../store/secrets.ts'
import type { Store } from '../../store/store.ts'
import { masked, unmasked } from '../masking.ts'

/** The kinds, and what changing one is called in the audit. */
export type KeptKind = 'stream' | 'mapping' | 'pattern' | 'calculated-measurement'

export type Attributes = Readonly<Record<string, unknown>>

export interface Kept {
  /** With secrets masked. */
  get(caller: Caller, kind: KeptKind, id: string): Promise<Attributes | undefined>
  /** By id. */
  all(caller: Caller, kind: KeptKind): Promise<ReadonlyMap<string, Attributes>>
  /** With secrets in clear: to be handed to an operation, never told. */
  whole(caller: Caller, kind: KeptKind, id: string): Promise<Attributes | undefined>
  /** A value that comes back masked stays what it was. */
  put(caller: Caller, kind: KeptKind, id: string, value: Attributes): Promise<void>
  remove(caller: Caller, kind: KeptKind, id: string): Promise<void>
}

/** Callers have been asked for the permission: each route sees to it. */
export function openKept(store: Store): Kept {
  const secretOf = ({ workspace }: Caller, kind: KeptKind, id: string) => ({
    ...{ workspaceId: workspace, type: `datorama-${kind}`, id },
  })
  const auditOf = ({ workspace }: Caller, kind: KeptKind, id: string, what: 'set' | 'removed') => ({
    ...{ workspaceId: workspace, action: `datorama_${kind.replaceAll('-', '_')}.${what}`, object: id },
  })
  return {
    async get({ workspace }, kind, id) {
      const row = await findDatoramaRow(store.db, workspace, kind, id)
      return row && shownOf(row)
    },
    async all({ workspace }, kind) {
      const rows = await listDatoramaRows(store.db, workspace, kind)
      return new Map(rows.map((row) => [row.id, shownOf(row)]))
    },
    async whole(caller, kind, id) {
      const sealed = await store.readSecret(secretOf(caller, kind, id))
      return sealed && (JSON.parse(sealed.toString()) as Attributes)
    },
    put: (caller, kind, id, given) =>
      store.change(authorOf(caller), async (tx) => {
        const before = await store.readSecret(secretOf(caller, kind, id), tx)
        const value = unmasked(given, before ? JSON.parse(before.toString()) : {})
        const row = { workspaceId: caller.workspace, kind, id, updatedAt: store.now() }
        await putDatoramaRow(tx, { ...row, value: JSON.stringify(masked(value)) })
        await store.writeSecret(tx, secretOf(caller, kind, id), Buffer.from(JSON.stringify(value)))
        return { result: undefined, audit: auditOf(caller, kind, id, 'set') }
      }),
    async remove(caller, kind, id) {
      if (!(await findDatoramaRow(store.db, caller.workspace, kind, id))) return
      await store.change(authorOf(caller), async (tx) => {
        await deleteDatoramaRow(tx, caller.workspace, kind, id)
        await deleteSecret(tx, secretOf(caller, kind, id))
        return { result: undefined, audit: auditOf(caller, kind, id, 'removed') }
      })
    },
  }
}

function shownOf({ value }: DatoramaRow): Attributes {
  return JSON.parse(value) as Attributes
}
