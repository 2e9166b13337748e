/** Inputs: where events come from, and the keys that let them in. A key's text is told once, when it is made. */
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import { newCredential } from '../credentials.ts'
import {
  deleteInput,
  expireKeys,
  findInput,
  findInputByLabel,
  type InputKeyRow,
  type InputRow,
  insertInput,
  insertKey,
  keysOfInputs,
  listInputs,
  updateInput,
} from '../store/inputs.ts'
import type { Db, InputType, Tx } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { InputKeys } from './input-keys.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'
import { refuseStale } from './version-tag.ts'

export interface Input extends Pick<InputRow, 'id' | 'label' | 'type' | 'createdAt' | 'disabledAt'> {
  /** Oldest first. A key with `expiresAt` was replaced. */
  readonly keys: Pick<InputKeyRow, 'id' | 'origin' | 'createdAt' | 'expiresAt'>[]
}

export function inputOperations(store: Store, inputKeys: InputKeys) {
  /** Makes a change of one input, which must exist. The keys in memory follow before the caller hears of it. */
  const changeInput = async <T>(
    caller: Caller,
    id: string,
    action: string,
    work: (tx: Tx, input: InputRow) => Promise<{ result: T; detail?: Record<string, unknown> }>,
  ): Promise<T> => {
    const result = await store.change(authorOf(caller), async (tx) => {
      const input = await findInput(tx, caller.workspace, id)
      if (!input) throw notFound('input')
      const { result, detail } = await work(tx, input)
      return { result, audit: { workspaceId: caller.workspace, action, object: id, ...(detail && { detail }) } }
    })
    await inputKeys.refresh()
    return result
  }

  return {
    list: operation('inputs:read', async (caller, page: Page) =>
      withKeys(store.db, await listInputs(store.db, caller.workspace, page)),
    ),

    get: operation('inputs:read', (caller, id: string) => oneInput(store.db, caller.workspace, id)),

    /** @throws MillraceError `conflict`: the label is taken. */
    create: operation('inputs:write', async (caller, { label, type }: { label: string; type: InputType }) => {
      const { workspace: workspaceId } = caller
      const key = newCredential('key')
      const result = await store.change(authorOf(caller), async (tx) => {
        await refuseTaken(tx, workspaceId, label)
        const now = store.now()
        const id = newId(now)
        await insertInput(tx, { workspaceId, id, label, type, createdAt: now, disabledAt: null })
        await insertKey(tx, keyRow(workspaceId, id, key, now))
        const input = await oneInput(tx, workspaceId, id)
        return {
          result: { input, key: key.text },
          audit: { workspaceId, action: 'input.created', object: id, detail: { label, type, keyId: key.id } },
        }
      })
      await inputKeys.refresh()
      return result
    }),

    /** Gives it another label, or stops and restarts it: a disabled input lets no events in. @throws MillraceError `conflict`, `precondition_failed`. */
    update: operation(
      'inputs:write',
      (caller, id: string, change: { label?: string | undefined; isEnabled?: boolean | undefined }, ifMatch?: string) =>
        changeInput(caller, id, 'input.updated', async (tx, input) => {
          refuseStale(await oneInput(tx, caller.workspace, id), ifMatch)
          const { label = input.label, isEnabled = input.disabledAt === null } = change
          if (label !== input.label) await refuseTaken(tx, caller.workspace, label)
          const disabledAt = isEnabled ? null : (input.disabledAt ?? store.now())
          await updateInput(tx, caller.workspace, id, { label, disabledAt })
          const detail = { before: input.label, label, isEnabled }
          return { result: await oneInput(tx, caller.workspace, id), detail }
        }),
    ),

    /** Makes a new key; those before it let events in for `overlapMs` more. */
    rotateKey: operation('inputs:write', (caller, id: string, { overlapMs }: { overlapMs: number }) =>
      changeInput(caller, id, 'input.key_rotated', async (tx) => {
        const now = store.now()
        const key = newCredential('key')
        await expireKeys(tx, caller.workspace, id, now + overlapMs, now)
        await insertKey(tx, keyRow(caller.workspace, id, key, now))
        const input = await oneInput(tx, caller.workspace, id)
        return { result: { input, key: key.text }, detail: { keyId: key.id, overlapMs } }
      }),
    ),

    /** Its keys let nothing in any more; events that came by it stay. */
    delete: operation('inputs:write', (caller, id: string) =>
      changeInput(caller, id, 'input.deleted', async (tx, { label, type }) => {
        await deleteInput(tx, caller.workspace, id)
        return { result: undefined, detail: { label, type } }
      }),
    ),
  }
}

async function oneInput(db: Db, workspaceId: string, id: string): Promise<Input> {
  const row = await findInput(db, workspaceId, id)
  const [input] = row ? await withKeys(db, [row]) : []
  if (!input) throw notFound('input')
  return input
}

async function withKeys(db: Db, rows: readonly InputRow[]): Promise<Input[]> {
  const [first] = rows
  if (!first) return []
  const ids = rows.map(({ id }) => id)
  const keys = Map.groupBy(await keysOfInputs(db, first.workspaceId, ids), ({ inputId }) => inputId)
  return rows.map((row) => ({ ...row, keys: keys.get(row.id) ?? [] }))
}

async function refuseTaken(tx: Tx, workspaceId: string, label: string): Promise<void> {
  if (!(await findInputByLabel(tx, workspaceId, label))) return
  throw new MillraceError('conflict', `This workspace has an input with the label ${label} already`, {
    hint: 'Choose another label.',
  })
}

function keyRow(workspaceId: string, inputId: string, key: { id: string; hash: string }, now: number): InputKeyRow {
  return { id: key.id, workspaceId, inputId, hash: key.hash, origin: 'issued', createdAt: now, expiresAt: null }
}
