/**
 * Makes the changes of a plan by the operations that anybody else would make them by, each with its audit row, in an order in which
 * what is named is there: inputs first, then what speaks of them; code as one version; the semantic layer last.
 */
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import type { MappingMode } from '../../mappings.ts'
import type { StoredMapping } from '../mappings.ts'
import { insertBucket, isBucketEventType } from '../store/buckets.ts'
import { insertMapping } from '../store/mappings.ts'
import { codeEdit } from './configuration-code.ts'
import type { ObjectChange, ObjectKind } from './configuration-difference.ts'
import { all } from './configuration-export.ts'
import type { ConfigurationDocument, InputPart, Within } from './configuration-parts.ts'
import { idsByName, placesOfChannels } from './configuration-secrets.ts'
import { isReference } from './configuration-settings.ts'
import { authorOf, type Caller, notFound } from './operation.ts'

export interface Made {
  /** What lets events in, told this once. */
  readonly keys: readonly {
    readonly object: string
    readonly key: string | null
    readonly credentials: Readonly<Record<string, string>>
  }[]
  /** What stands and does not work yet. */
  readonly warnings: readonly string[]
}

interface Applying extends Within {
  readonly caller: Caller
  readonly document: ConfigurationDocument
  readonly of: (...kinds: ObjectKind[]) => ObjectChange[]
  readonly keys: Made['keys'][number][]
  readonly warnings: string[]
}

/** @param mappings versions that the data plane made of what is changed of event types */
export async function applyChanges(
  within: Within,
  caller: Caller,
  document: ConfigurationDocument,
  changes: readonly ObjectChange[],
  mappings: readonly StoredMapping[] = [],
): Promise<Made> {
  const keys: Applying['keys'] = []
  const warnings: string[] = []
  const of = (...kinds: ObjectKind[]) => changes.filter(({ kind }) => kinds.includes(kind))
  const applying: Applying = { ...within, caller, document, of, keys, warnings }
  for (const _ of of('mapping-mode'))
    await within.operations.mappings.setMode(caller, document.mappingMode as MappingMode)
  for (const mapping of mappings) await keepMapping(applying, mapping)
  for (const change of of('input')) await applyInput(applying, change)
  for (const change of of('bucket')) await applyBucket(applying, change)
  await applyCode(applying)
  for (const change of of('scheduled-query')) await applyQuery(applying, change)
  for (const change of of('channel')) await applyChannel(applying, change)
  for (const change of of('mute')) await applyMute(applying, change)
  for (const change of of('archive')) await applyArchive(applying, change)
  await applyLayer(applying)
  return { keys, warnings }
}

async function keepMapping({ store, caller }: Applying, mapping: StoredMapping): Promise<void> {
  const { workspace: workspaceId } = caller
  const { eventType, version, table: tableName } = mapping
  await store.change(authorOf(caller), async (tx) => {
    const row = { workspaceId, eventType, version, tableName, mapping: JSON.stringify(mapping), createdAt: store.now() }
    await insertMapping(tx, row)
    const detail = { version, table: tableName }
    return { result: undefined, audit: { workspaceId, action: 'mapping.set', object: eventType, detail } }
  })
}

async function inputIds({ operations, caller }: Applying): Promise<Map<string, string>> {
  const inputs = await all((page) => operations.inputs.list(caller, page))
  return new Map(inputs.map(({ id, label }) => [label, id]))
}

async function applyInput(applying: Applying, { action, name, fields }: ObjectChange): Promise<void> {
  const { operations, caller, document, keys } = applying
  const { inputs } = operations
  const id = (await inputIds(applying)).get(name)
  if (action === 'delete') return inputs.delete(caller, id!)
  const wanted = document.inputs.find(({ label }) => label === name)!
  if (action === 'create') {
    const settings = Object.fromEntries(Object.keys(wanted.settings).map((key) => [key, settingOf(wanted, key)]))
    const { input, key, credentials } = await inputs.create(caller, { label: name, type: wanted.type, settings })
    if (!wanted.isEnabled) await inputs.update(caller, input.id, { isEnabled: false })
    if (key !== null) keys.push({ object: `input ${name}`, key, credentials })
    return applySource(applying, input.id, wanted)
  }
  if (fields.some(({ field }) => field === 'type'))
    throw new MillraceError('conflict', `The input ${name} stays of its type`, {
      hint: 'Give the new one another label.',
    })
  const changed = new Set(fields.flatMap(({ field }) => (field.startsWith('settings.') ? [field.split('.')[1]!] : [])))
  if (changed.size > 0 || fields.some(({ field }) => field === 'isEnabled')) {
    const settings = Object.fromEntries([...changed].map((key) => [key, settingOf(wanted, key)]))
    await inputs.update(caller, id!, { isEnabled: wanted.isEnabled, ...(changed.size > 0 && { settings }) })
  }
  if (fields.some(({ field }) => field.startsWith('source.'))) await applySource(applying, id!, wanted)
}

/** Null where it is to be as if it were never set; a secret that is not given stays. */
function settingOf({ settings }: InputPart, key: string): unknown {
  const value = settings[key]
  if (!isReference(value)) return value ?? null
  const text = value.secret.value
  if (text === undefined) return { set: true }
  return value.isJson ? JSON.parse(text) : text
}

async function applySource(
  { operations: { sources }, caller }: Applying,
  id: string,
  { source }: InputPart,
): Promise<void> {
  if (source === undefined) return
  const before = await sources.get(caller, id)
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
  if (!isSame(before.limits, source.limits)) await sources.limit(caller, id, source.limits)
  if (!isSame(before.schedule, source.schedule)) await sources.schedule(caller, id, source.schedule)
  if (source.isPaused !== (before.pausedAt !== null))
    await (source.isPaused ? sources.pause(caller, id) : sources.resume(caller, id))
}

/** Events make buckets as they come; one that is named before its first event is made here. */
async function applyBucket(applying: Applying, { action, name, fields }: ObjectChange): Promise<void> {
  const { operations, caller, document, store } = applying
  const { workspace: workspaceId } = caller
  const wanted = document.buckets.find(({ input, key }) => `${input}/${key}` === name)!
  const inputId = (await inputIds(applying)).get(wanted.input)
  if (inputId === undefined) throw notFound(`input ${wanted.input}`)
  if (fields.some(({ field }) => field === 'eventType') && action === 'update')
    throw new MillraceError('conflict', `The bucket ${name} keeps its event type`)
  if (action === 'update') {
    const present = (await all((page) => operations.buckets.list(caller, page))).find(
      (bucket) => bucket.inputId === inputId && bucket.key === wanted.key,
    )
    await operations.buckets.rename(caller, present!.id, wanted.name)
    return
  }
  await store.change(authorOf(caller), async (tx) => {
    const { key, eventType } = wanted
    if (await isBucketEventType(tx, workspaceId, eventType))
      throw new MillraceError('conflict', `Another bucket has the event type ${eventType}`)
    const now = store.now()
    const row = { workspaceId, id: newId(now), inputId, key, name: wanted.name, eventType, createdAt: now }
    await insertBucket(tx, row)
    const detail = { key, name: wanted.name, inputId }
    return { result: undefined, audit: { workspaceId, action: 'bucket.created', object: row.id, detail } }
  })
}

async function applyCode({ deploying, caller, document, of, warnings }: Applying): Promise<void> {
  const changes = of('module', 'lookup', 'secret', 'code-settings')
  if (changes.length === 0) return
  const options = { message: 'Configuration as code' }
  const deployed = await deploying.change(caller, 'transform.deployed', options, codeEdit(document.transforms, changes))
  for (const { module, message } of deployed.warnings) warnings.push(`module ${module}: ${message}`)
}

async function applyQuery({ operations, caller, document }: Applying, { action, name }: ObjectChange): Promise<void> {
  const { scheduledQueries } = operations
  const present = await all((page) => scheduledQueries.list(caller, {}, page))
  const nameOf = ({ target }: { target: string }) => target
  const orderOf = ({ label, target }: { label: string; target: string }) => `${label} ${target}`
  const id = idsByName('scheduled-query', present, nameOf, orderOf).get(`scheduled-query ${name}`)
  if (action === 'delete') return scheduledQueries.delete(caller, id!)
  const numbered = idsByName(
    'scheduled-query',
    document.scheduledQueries.map((query, at) => ({ ...query, id: `${at}` })),
    nameOf,
    () => '',
  )
  const { statement, timeLimitSeconds, target, ...rest } =
    document.scheduledQueries[Number(numbered.get(`scheduled-query ${name}`))]!
  const draft = { ...rest, work: statement, timeLimitMs: timeLimitSeconds * 1_000 }
  if (action === 'create') await scheduledQueries.create(caller, { ...draft, target })
  else await scheduledQueries.update(caller, id!, draft)
}

async function applyChannel(
  { operations, caller, document, keys }: Applying,
  { action, name, fields }: ObjectChange,
): Promise<void> {
  const { notificationChannels } = operations
  const id = (await placesOfChannels(operations, caller)).get(`channel ${name}`)
  if (action === 'delete') return notificationChannels.delete(caller, id!)
  const items = document.notificationChannels.map((channel, at) => ({ ...channel, id: `${at}` }))
  const at = idsByName(
    'channel',
    items,
    ({ label }) => label,
    () => '',
  ).get(`channel ${name}`)
  const { target, isEnabled, ...channel } = document.notificationChannels[Number(at)]!
  const draft = target.kind === 'email' ? target : targetOf(target.kind, target.url.secret.value)
  if (action === 'create') {
    const made = await notificationChannels.create(caller, { ...channel, target: draft! })
    if (!isEnabled) await notificationChannels.update(caller, made.channel.id, { isEnabled })
    if (made.signingSecret !== null)
      keys.push({ object: `channel ${name}`, key: null, credentials: { signingSecret: made.signingSecret } })
    return
  }
  const isOther = fields.some(({ field }) => field.startsWith('target.'))
  await notificationChannels.update(caller, id!, { ...channel, isEnabled, ...(isOther && draft && { target: draft }) })
}

function targetOf(kind: 'webhook' | 'slack', url: string | undefined) {
  if (url === undefined) return undefined
  const { protocol, username, password } = URL.parse(url) ?? {}
  if (/^https?:$/.test(protocol ?? '') && username === '' && password === '') return { kind, url }
  const message = 'Needs to be an address with http:// or https://, without a name or password in it'
  throw new MillraceError('invalid_request', `The address of a channel: ${message}`, {
    fields: [{ field: 'target.url', message }],
  })
}

async function applyMute({ operations, caller, document }: Applying, { action, name }: ObjectChange): Promise<void> {
  const { notifications } = operations
  const present = (await all((page) => notifications.mutes(caller, page))).find(({ type }) => type === name)
  if (present !== undefined) await notifications.unmute(caller, present.id)
  const wanted = document.notificationMutes.find(({ type }) => type === name)
  if (action !== 'delete' && wanted !== undefined) await notifications.mute(caller, wanted)
}

async function applyArchive({ operations, caller, document }: Applying, { action }: ObjectChange): Promise<void> {
  if (action === 'delete') return operations.archive.delete(caller)
  const { target, ...archive } = document.archive!
  if (target.kind === 'folder') return void (await operations.archive.set(caller, { ...archive, target }))
  const { secretAccessKey, ...open } = target
  const key = secretAccessKey?.secret.value
  await operations.archive.set(caller, {
    ...archive,
    target: { ...open, ...(key !== undefined && { secretAccessKey: key }) },
  })
}

/** What is deleted goes, what is made or changed comes in, all else stays. */
async function applyLayer({ operations: { semanticLayer }, caller, document, of }: Applying): Promise<void> {
  const changes = of('dimension', 'pattern', 'harmonised-dimension', 'calculated-measurement')
  if (changes.length === 0) return
  const before = await semanticLayer.export(caller)
  const wanted = document.semanticLayer
  const merged = <T>(
    kind: ObjectKind,
    present: readonly T[],
    asked: readonly T[],
    nameOf: (item: T) => string,
  ): T[] => {
    const touched = new Set(changes.filter((change) => change.kind === kind).map(({ name }) => name))
    return [
      ...present.filter((item) => !touched.has(nameOf(item))),
      ...asked.filter((item) => touched.has(nameOf(item))),
    ]
  }
  const named = ({ name }: { readonly name: string }) => name
  await semanticLayer.apply(caller, {
    dimensions: merged('dimension', before.dimensions, wanted.dimensions, ({ table, column }) => `${table}.${column}`),
    patterns: merged('pattern', before.patterns, wanted.patterns, named),
    harmonisedDimensions: merged(
      'harmonised-dimension',
      before.harmonisedDimensions,
      wanted.harmonisedDimensions,
      named,
    ),
    calculatedMeasurements: merged(
      'calculated-measurement',
      before.calculatedMeasurements,
      wanted.calculatedMeasurements,
      named,
    ),
  })
}
