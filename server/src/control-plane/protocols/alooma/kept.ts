/**
 * What Alooma's clients set that has no place of its own here: kept as it was said, told again, and masked where it is secret. Each
 * kind of it is one JSON object for each id, whole in `secrets`, sealed, and masked in `alooma_state`.
 */
import { authorOf, type Caller } from '../../operations/operation.ts'
import { deleteKept, findKept, type KeptRow, listKept, putKept } from '../../store/alooma-state.ts'
import type { Tx } from '../../store/schema.ts'
import { deleteSecret } from '../../store/secrets.ts'
import type { Store } from '../../store/store.ts'
import { masked, unmasked } from '../masking.ts'

/** The kinds, and what changing one is called in the audit. */
export type Kind =
  | 'input'
  | 'input-configuration'
  | 'input-sleep-time'
  | 'output'
  | 'mapping'
  | 'event-type-deleted'
  | 'email-notifications'
  | 's3-retention'
  | 'schema'
  | 'default-code'
  | 'table'

export type Value = Readonly<Record<string, unknown>>

export interface Kept {
  /** With secrets masked. */
  get(caller: Caller, kind: Kind, id: string): Promise<Value | undefined>
  /** With its secrets: not to be shown. */
  whole(caller: Caller, kind: Kind, id: string): Promise<Value | undefined>
  /** By id. */
  list(caller: Caller, kind: Kind): Promise<{ id: string; value: Value }[]>
  /** A value that comes back masked stays what it was. Resolves with what may be shown. */
  put(caller: Caller, kind: Kind, id: string, value: Value): Promise<Value>
  /** Whether there was something to remove. */
  remove(caller: Caller, kind: Kind, id: string): Promise<boolean>
}

/** Callers have been asked for the permission: each route declares one. */
export function openKept(store: Store): Kept {
  const secretOf = ({ workspace }: Caller, kind: Kind, id: string) => ({
    workspaceId: workspace,
    type: `alooma-${kind}`,
    id,
  })
  const whole = async (tx: Tx | Store['db'], caller: Caller, kind: Kind, id: string): Promise<Value | undefined> => {
    const sealed = await store.readSecret(secretOf(caller, kind, id), tx)
    return sealed && (JSON.parse(sealed.toString()) as Value)
  }
  return {
    async get({ workspace }, kind, id) {
      const row = await findKept(store.db, workspace, kind, id)
      return row && shownOf(row)
    },
    whole: (caller, kind, id) => whole(store.db, caller, kind, id),
    async list({ workspace }, kind) {
      const rows = await listKept(store.db, workspace, kind)
      return rows.map((row) => ({ id: row.id, value: shownOf(row) }))
    },
    put: (caller, kind, id, given) =>
      store.change(authorOf(caller), async (tx) => {
        const before = (await findKept(tx, caller.workspace, kind, id)) && (await whole(tx, caller, kind, id))
        const value = unmasked(given, before ?? {}) as Value
        const shown = masked(value) as Value
        const row = { workspaceId: caller.workspace, kind, id, updatedAt: store.now() }
        await putKept(tx, { ...row, value: JSON.stringify(shown) })
        await store.writeSecret(tx, secretOf(caller, kind, id), Buffer.from(JSON.stringify(value)))
        return { result: shown, audit: auditOf(caller, kind, id, 'set') }
      }),
    async remove(caller, kind, id) {
      if (!(await findKept(store.db, caller.workspace, kind, id))) return false
      return store.change(authorOf(caller), async (tx) => {
        await deleteKept(tx, caller.workspace, kind, id)
        await deleteSecret(tx, secretOf(caller, kind, id))
        return { result: true, audit: auditOf(caller, kind, id, 'removed') }
      })
    },
  }
}

function shownOf({ value }: KeptRow): Value {
  return JSON.parse(value) as Value
}

function auditOf({ workspace }: Caller, kind: Kind, id: string, what: 'set' | 'removed') {
  return { workspaceId: workspace, action: `alooma_${kind.replaceAll('-', '_')}.${what}`, object: id }
}
