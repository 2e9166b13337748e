/** What an operator sets of an input: checked by its type's schema, its secrets kept apart and sealed, put together again for the intake. */
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import { secretPaths } from '../../settings.ts'
import type { Db, Tx } from '../store/schema.ts'
import { deleteSecret } from '../store/secrets.ts'
import type { Store } from '../store/store.ts'

export type Settings = Readonly<Record<string, unknown>>

export interface SplitSettings {
  /** May be shown: of a secret only that it is set. */
  readonly open: Settings
  /** By name. */
  readonly secrets: Readonly<Record<string, string>>
}

/** @throws MillraceError `invalid_request`: names the setting and what is wrong with it. */
export function parseSettings(type: InputType, given: Settings): Settings {
  const parsed = type.settings.safeParse(given)
  if (parsed.success) return parsed.data as Settings
  const fields = parsed.error.issues.map(({ path, message }) => ({ field: ['settings', ...path].join('.'), message }))
  throw new MillraceError('invalid_request', fields.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    fields,
    hint: `GET /api/v1/input-types describes the settings of ${type.title}.`,
  })
}

/** `change` over `before`; what it says null of is as if it were never set, and a secret that is only said to be set stays. */
export function changeSettings(before: Settings, change: Settings): Settings {
  const said = Object.entries(change).filter(([, value]) => !isMark(value))
  return Object.fromEntries(
    Object.entries({ ...before, ...Object.fromEntries(said) }).filter(([, value]) => value !== null),
  )
}

/** `given` in place of `before`; a secret that is only said to be set stays, as it cannot be read. */
export function replaceSettings(before: Settings, given: Settings): Settings {
  const entries = Object.entries(given).map(([name, value]) => [name, isMark(value) ? before[name] : value] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined))
}

/** Secrets lie at the top of a type's settings, so that one can be set without its neighbours. */
export function splitSettings(type: InputType, settings: Settings): SplitSettings {
  const names = new Set(secretPaths(type.settings).map(([name]) => name))
  const entries = Object.entries(settings)
  return {
    open: Object.fromEntries(entries.map(([name, value]) => [name, names.has(name) ? { set: true } : value])),
    secrets: Object.fromEntries(entries.filter((entry): entry is [string, string] => names.has(entry[0]))),
  }
}

function isMark(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'set' in value && value.set === true
}

/** All settings of an input as its operator gave them, secrets included. @throws MillraceError `secret_key_wrong`. */
export async function readSettings(
  store: Pick<Store, 'readSecret'>,
  { workspaceId, id, settings }: { workspaceId: string; id: string; settings: string },
  db?: Db,
): Promise<Settings> {
  const sealed = await store.readSecret(placeOf(workspaceId, id), db)
  const secrets = sealed === undefined ? {} : (JSON.parse(sealed.toString()) as Settings)
  return { ...(JSON.parse(settings) as Settings), ...secrets }
}

/** Replaces the secrets of an input. */
export async function writeSecrets(
  store: Pick<Store, 'writeSecret'>,
  tx: Tx,
  input: { workspaceId: string; id: string },
  secrets: SplitSettings['secrets'],
): Promise<void> {
  const place = placeOf(input.workspaceId, input.id)
  if (Object.keys(secrets).length === 0) await deleteSecret(tx, place)
  else await store.writeSecret(tx, place, Buffer.from(JSON.stringify(secrets)))
}

function placeOf(workspaceId: string, id: string) {
  return { workspaceId, type: 'input', id }
}
