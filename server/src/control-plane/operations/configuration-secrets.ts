/** Secrets of a configuration: those that a workspace has are read to be compared, and never told. */
import { type FieldError, MillraceError } from '../../errors.ts'
import { loadArchive } from '../archives.ts'
import { placeOfSecret } from '../deployments.ts'
import { readChannel } from '../notification-store.ts'
import { findChannel } from '../store/notification-channels.ts'
import type { SecretMark } from './configuration-difference.ts'
import { all } from './configuration-export.ts'
import type { SecretReference, Within } from './configuration-parts.ts'
import { readSettings } from './input-settings.ts'
import type { Caller } from './operation.ts'

export interface SecretValues {
  /** What stands for it in a comparison. `place` is the object's key, and for an input a dot and the setting. */
  markOf(place: string, reference: SecretReference & { readonly isJson?: true }): SecretMark
  /** @throws MillraceError `invalid_request` with `fields`: secrets that were not given and are not there either. */
  refuseMissing(): void
  /** What was not compared. */
  notes(): string[]
}

/** Values by place. */
export async function readSecrets(
  { store, operations }: Pick<Within, 'store' | 'operations'>,
  caller: Caller,
): Promise<Map<string, string>> {
  const { workspace: workspaceId } = caller
  const found = new Map<string, string>()
  const keep = (place: string, value: unknown) => {
    if (value !== undefined) found.set(place, typeof value === 'string' ? value : JSON.stringify(value))
  }
  for (const { id, label, settings } of await all((page) => operations.inputs.list(caller, page))) {
    const marked = Object.entries(settings).filter(
      ([, value]) => typeof value === 'object' && value !== null && 'set' in value,
    )
    if (marked.length === 0) continue
    const values = await readSettings(store, { workspaceId, id, settings: JSON.stringify(settings) }, store.db)
    for (const [name] of marked) keep(`input ${label}.${name}`, values[name])
  }
  for (const { name } of await operations.secretsOfCode.list(caller))
    keep(`secret ${name}`, (await store.readSecret(placeOfSecret(workspaceId, name)))?.toString())
  for (const [place, id] of await placesOfChannels(operations, caller)) {
    const { target } = await readChannel(store, (await findChannel(store.db, workspaceId, id))!)
    if (target.kind !== 'email') keep(place, target.url)
  }
  const archive = await loadArchive(store, workspaceId)
  if (archive?.target.kind === 's3') keep('archive', archive.target.secretAccessKey)
  return found
}

/** Ids of channels by `channel LABEL`, in the order in which they are exported. */
export async function placesOfChannels(
  { notificationChannels }: Within['operations'],
  caller: Caller,
): Promise<Map<string, string>> {
  const channels = await all((page) => notificationChannels.list(caller, page))
  return idsByName(
    'channel',
    channels,
    ({ label }) => label,
    ({ label, target }) => `${label} ${JSON.stringify(target)}`,
  )
}

/** Of what may be there twice by name: the second is `NAME (2)`. */
export function idsByName<T extends { readonly id: string }>(
  kind: string,
  items: readonly T[],
  nameOf: (item: T) => string,
  orderOf: (item: T) => string,
): Map<string, string> {
  const inOrder = items.toSorted(
    (one, other) => Number(orderOf(one) > orderOf(other)) - Number(orderOf(one) < orderOf(other)),
  )
  const ids = new Map<string, string>()
  for (const item of inOrder) {
    const name = nameOf(item)
    let place = `${kind} ${name}`
    for (let count = 2; ids.has(place); count++) place = `${kind} ${name} (${count})`
    ids.set(place, item.id)
  }
  return ids
}

export function openSecretValues(present: ReadonlyMap<string, string>): SecretValues {
  const missing: FieldError[] = []
  const unknown = new Set<string>()
  return {
    markOf(place, { secret: { name, value }, isJson }) {
      const before = present.get(place)
      if (value === undefined && before === undefined)
        missing.push({ field: place, message: `The secret ${name} is not given, and there is none yet` })
      const isSame = value === undefined || value === before
      if (value === undefined && !isJson) unknown.add(name)
      return isSame ? { set: true } : { set: true, changes: true }
    },
    refuseMissing() {
      if (missing.length === 0) return
      throw new MillraceError('invalid_request', missing.map(({ message }) => message).join('. '), {
        fields: missing,
        hint: 'Secrets are read from variables of the environment that have their names.',
      })
    },
    notes() {
      const names = [...unknown].toSorted().join(', ')
      return names === '' ? [] : [`Secrets that are not given stay, and were not compared: ${names}`]
    },
  }
}
