/** Inputs: where events come from, and the keys that let them in. A key's text is told once, when it is made. */
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import { type Credential, newCredential } from '../credentials.ts'
import type { DataPlane } from '../data-plane.ts'
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
import type { Db, Tx } from '../store/schema.ts'
import { deleteSecret } from '../store/secrets.ts'
import type { Store } from '../store/store.ts'
import { type InputKeys, placeOfSigningKey } from './input-keys.ts'
import {
  changeSettings,
  parseSettings,
  readSettings,
  replaceSettings,
  type Settings,
  splitSettings,
  writeSecrets,
} from './input-settings.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'
import { refuseStale } from './version-tag.ts'

export interface Input extends Pick<InputRow, 'id' | 'label' | 'type' | 'createdAt' | 'disabledAt'> {
  /** As set; of a secret `{ set: true }`. */
  readonly settings: Settings
  /** Oldest first. A key with `expiresAt` was replaced. */
  readonly keys: Pick<InputKeyRow, 'id' | 'origin' | 'createdAt' | 'expiresAt'>[]
}

export interface InputWithKey {
  readonly input: Input
  /** Null for an input that nobody sends to. */
  readonly key: string | null
  /** What its senders are given in place of the key, by name; empty where they are given the key. */
  readonly credentials: Readonly<Record<string, string>>
}

export interface NewInput {
  readonly label: string
  readonly type: string
  readonly settings?: Settings | undefined
}

export interface InputChange {
  readonly label?: string | undefined
  readonly isEnabled?: boolean | undefined
  /** Over the settings it has; null takes one back to its default. */
  readonly settings?: Settings | undefined
}

/** All that an operator sets of an input. */
interface InputReplacement {
  readonly label: string
  readonly isEnabled: boolean
  /** What is missing goes back to its default; a secret given as `{ set: true }` stays. */
  readonly settings: Settings
}

interface InputParts {
  readonly store: Store
  readonly inputKeys: InputKeys
  readonly types: Readonly<Record<string, InputType>>
  readonly dataPlane: Pick<DataPlane, 'connection'>
}

export function inputOperations({ store, inputKeys, types, dataPlane }: InputParts) {
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

  /** Makes a key where the type has any; its text is kept only where senders sign with it. */
  const addKey = async (tx: Tx, { workspaceId, id, type }: InputRow, now: number): Promise<Credential | undefined> => {
    const { keys } = typeOf(types, type)
    if (keys === 'none') return undefined
    const key = newCredential('key')
    await insertKey(tx, keyRow(workspaceId, id, key, now))
    if (keys === 'signing') {
      await store.writeSecret(tx, placeOfSigningKey({ workspaceId, id: key.id }), Buffer.from(key.text))
    }
    return key
  }

  /** Makes the settings new from those there are, writes the secrets among them, and returns what may be shown. */
  const settle = async (tx: Tx, row: InputRow, renew: (before: Settings) => Settings): Promise<Settings> => {
    const type = typeOf(types, row.type)
    const given = renew(await readSettings(store, row, tx))
    parseSettings(type, given)
    const { open, secrets } = splitSettings(type, given)
    await writeSecrets(store, tx, row, secrets)
    return open
  }

  const withKey = async (
    db: Db,
    row: InputRow,
    key: Credential | undefined,
    given: Settings,
  ): Promise<InputWithKey> => {
    const type = typeOf(types, row.type)
    const input = await oneInput(db, row.workspaceId, row.id)
    const { id, label, workspaceId: workspace } = row
    const snapshot = { id, label, type: row.type, workspace, settings: parseSettings(type, given) }
    return { input, key: key?.text ?? null, credentials: key ? (type.credentials?.(snapshot, key.text) ?? {}) : {} }
  }

  return {
    /** What an input can be. */
    types: operation('inputs:read', async () => Object.entries(types).map(([name, type]) => ({ name, ...type }))),

    list: operation('inputs:read', async (caller, page: Page) =>
      withKeys(store.db, await listInputs(store.db, caller.workspace, page)),
    ),

    get: operation('inputs:read', (caller, id: string) => oneInput(store.db, caller.workspace, id)),

    /** How an input that goes and listens is connected; null for one that is sent to, or stopped. */
    connection: operation('inputs:read', async (caller, id: string) => {
      await oneInput(store.db, caller.workspace, id)
      return dataPlane.connection(id) ?? null
    }),

    /** @throws MillraceError `conflict`: the label is taken; `invalid_request`: of the type or its settings. */
    create: operation('inputs:write', async (caller, { label, type, settings = {} }: NewInput) => {
      const { workspace: workspaceId } = caller
      const given = changeSettings({}, settings)
      parseSettings(typeOf(types, type), given)
      const { open, secrets } = splitSettings(typeOf(types, type), given)
      const result = await store.change(authorOf(caller), async (tx) => {
        await refuseTaken(tx, workspaceId, label)
        const now = store.now()
        const settings = JSON.stringify(open)
        const row = { workspaceId, id: newId(now), label, type, createdAt: now, disabledAt: null, settings }
        await insertInput(tx, row)
        await writeSecrets(store, tx, row, secrets)
        const key = await addKey(tx, row, now)
        const detail = { label, type, settings: open, ...(key && { keyId: key.id }) }
        return {
          result: await withKey(tx, row, key, given),
          audit: { workspaceId, action: 'input.created', object: row.id, detail },
        }
      })
      await inputKeys.refresh()
      return result
    }),

    /**
     * Gives it another label or other settings, or stops and restarts it: a disabled input lets no events in.
     * @throws MillraceError `conflict`, `precondition_failed`, `invalid_request`.
     */
    update: operation('inputs:write', (caller, id: string, change: InputChange, ifMatch?: string) =>
      changeInput(caller, id, 'input.updated', async (tx, input) => {
        refuseStale(await oneInput(tx, caller.workspace, id), ifMatch)
        const { label = input.label, isEnabled = input.disabledAt === null } = change
        if (label !== input.label) await refuseTaken(tx, caller.workspace, label)
        const disabledAt = isEnabled ? null : (input.disabledAt ?? store.now())
        const { settings: changed } = change
        const settings = changed && JSON.stringify(await settle(tx, input, (before) => changeSettings(before, changed)))
        await updateInput(tx, caller.workspace, id, { label, disabledAt, ...(settings && { settings }) })
        const detail = { before: input.label, label, isEnabled, ...(settings && { settings: JSON.parse(settings) }) }
        return { result: await oneInput(tx, caller.workspace, id), detail }
      }),
    ),

    /**
     * Puts all that is set of it in place of what was; its type stays.
     * @throws MillraceError `conflict`, `precondition_failed`, `invalid_request`.
     */
    replace: operation('inputs:write', (caller, id: string, replacement: InputReplacement, ifMatch?: string) =>
      changeInput(caller, id, 'input.replaced', async (tx, input) => {
        refuseStale(await oneInput(tx, caller.workspace, id), ifMatch)
        const { label, isEnabled, settings: given } = replacement
        if (label !== input.label) await refuseTaken(tx, caller.workspace, label)
        const disabledAt = isEnabled ? null : (input.disabledAt ?? store.now())
        const settings = await settle(tx, input, (before) => replaceSettings(before, given))
        await updateInput(tx, caller.workspace, id, { label, disabledAt, settings: JSON.stringify(settings) })
        const detail = { before: input.label, label, isEnabled, settings }
        return { result: await oneInput(tx, caller.workspace, id), detail }
      }),
    ),

    /** Makes a new key; those before it let events in for `overlapMs` more. @throws MillraceError `conflict`: it has none. */
    rotateKey: operation('inputs:write', (caller, id: string, { overlapMs }: { overlapMs: number }) =>
      changeInput(caller, id, 'input.key_rotated', async (tx, row) => {
        const now = store.now()
        await expireKeys(tx, caller.workspace, id, now + overlapMs, now)
        const key = await addKey(tx, row, now)
        if (key === undefined)
          throw new MillraceError('conflict', 'Nobody sends to an input of this type: it has no key')
        const result = await withKey(tx, row, key, await readSettings(store, row, tx))
        return { result, detail: { keyId: key.id, overlapMs } }
      }),
    ),

    /** Its keys let nothing in any more; events that came by it stay. */
    delete: operation('inputs:write', (caller, id: string) =>
      changeInput(caller, id, 'input.deleted', async (tx, { label, type }) => {
        const { workspace: workspaceId } = caller
        for (const key of await keysOfInputs(tx, workspaceId, [id])) await deleteSecret(tx, placeOfSigningKey(key))
        await writeSecrets(store, tx, { workspaceId, id }, {})
        await deleteInput(tx, workspaceId, id)
        return { result: undefined, detail: { label, type } }
      }),
    ),
  }
}

type Types = Readonly<Record<string, InputType>>

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
  return rows.map((row) => ({
    ...row,
    settings: JSON.parse(row.settings) as Settings,
    keys: keys.get(row.id) ?? [],
  }))
}

/** @throws MillraceError `invalid_request`. */
function typeOf(types: Types, name: string): InputType {
  const type = types[name]
  if (type !== undefined) return type
  const message = `There is no input type ${JSON.stringify(name)}`
  throw new MillraceError('invalid_request', message, {
    fields: [{ field: 'type', message }],
    hint: `The types are ${Object.keys(types).join(', ')}. An operator may have switched others off.`,
  })
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
