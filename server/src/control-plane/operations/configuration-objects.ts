/** A configuration as the objects that are compared: those that a workspace has, and those that a document asks for. */
import { defaultTransformLimits } from '../../transform.ts'
import { type ConfigurationObject, keyOf, type ObjectKind } from './configuration-difference.ts'
import type { Configuration } from './configuration-export.ts'
import { wantedMapping } from './configuration-mappings.ts'
import type { ConfigurationDocument, InputPart, SecretReference } from './configuration-parts.ts'
import type { SecretValues } from './configuration-secrets.ts'
import { isReference } from './configuration-settings.ts'

export function presentObjects(configuration: Configuration): ConfigurationObject[] {
  const { mappingMode, inputs, buckets, eventTypes, transforms, archive, ...rest } = configuration
  const { modules, lookups, secretNames, order, limits } = transforms
  return [
    { kind: 'mapping-mode', name: '', value: { mode: mappingMode } },
    ...inputs.map(({ label, ...value }) => object('input', label, value)),
    ...buckets.map(({ input, key, ...value }) => object('bucket', `${input}/${key}`, value)),
    ...eventTypes.map(({ name, mapping }) => object('event-type', name, comparableMapping(mapping))),
    ...modules.map(({ name, ...value }) => object('module', name, value)),
    ...lookups.map(({ name, entries }) => object('lookup', name, entries)),
    ...secretNames.map((name) => object('secret', name, { value: { set: true } })),
    { kind: 'code-settings', name: '', value: { order, limits } },
    ...numbered('scheduled-query', rest.scheduledQueries, ({ target }) => target),
    ...numbered('channel', rest.notificationChannels.map(withMarkOfUrl), ({ label }) => label),
    ...numbered('mute', rest.notificationMutes, ({ type }) => type),
    ...(archive === null ? [] : [object('archive', '', withMarkOfKey(archive))]),
    ...semanticObjects(rest.semanticLayer),
  ]
}

/** @param present what is there. What the document does not say of a thing stays as it is, where nothing else is said here. */
export function wantedObjects(
  document: ConfigurationDocument,
  present: readonly ConfigurationObject[],
  secrets: SecretValues,
): ConfigurationObject[] {
  const there = new Map(present.map((object) => [keyOf(object), object.value]))
  const { mappingMode, transforms, archive } = document
  const mode = mappingMode ?? (there.get('mapping-mode ')?.['mode'] as string)
  const { order, limits } = transforms
  const mapped = document.eventTypes.map(({ name, mapping }) =>
    object('event-type', name, wantedMapping(mapping, there.get(`event-type ${name}`), mode)),
  )
  return [
    { kind: 'mapping-mode', name: '', value: { mode } },
    ...document.inputs.map((input) =>
      object('input', input.label, wantedInput(input, there.get(`input ${input.label}`), secrets)),
    ),
    ...document.buckets.map(({ input, key, ...value }) => object('bucket', `${input}/${key}`, value)),
    ...mapped.map((one) => ({ ...one, value: comparableMapping(one.value) })),
    ...transforms.modules.map(({ name, ...value }) => object('module', name, value)),
    ...transforms.lookups.map(({ name, entries }) => object('lookup', name, entries)),
    ...transforms.secrets.map(({ name, value }) =>
      object('secret', name, { value: secrets.markOf(`secret ${name}`, value) }),
    ),
    object('code-settings', '', {
      order: order === undefined ? there.get('code-settings ')?.['order'] : order,
      limits: limits === undefined ? there.get('code-settings ')?.['limits'] : { ...defaultTransformLimits, ...limits },
    }),
    ...numbered('scheduled-query', document.scheduledQueries, ({ target }) => target),
    ...numbered('channel', document.notificationChannels, ({ label }) => label).map((channel) =>
      wantedChannel(channel, there, secrets),
    ),
    ...numbered('mute', document.notificationMutes, ({ type }) => type),
    ...(archive === undefined ? [] : [object('archive', '', wantedArchive(archive, secrets))]),
    ...semanticObjects(document.semanticLayer),
  ]
}

function object(kind: ObjectKind, name: string, value: object): ConfigurationObject {
  return { kind, name, value: { ...value } }
}

/** Things whose names may be there twice: those after the first have a number. */
function numbered<T extends object>(
  kind: ObjectKind,
  items: readonly T[],
  nameOf: (item: T) => string,
): ConfigurationObject[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const name = nameOf(item)
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return object(kind, count === 1 ? name : `${name} (${count})`, item)
  })
}

function semanticObjects(layer: Configuration['semanticLayer']): ConfigurationObject[] {
  return [
    ...layer.dimensions.map((one) => object('dimension', `${one.table}.${one.column}`, one)),
    ...layer.patterns.map((one) => object('pattern', one.name, one)),
    ...layer.harmonisedDimensions.map((one) => object('harmonised-dimension', one.name, one)),
    ...layer.calculatedMeasurements.map((one) => object('calculated-measurement', one.name, one)),
  ]
}

/** Marks of what it does not have say nothing. */
function comparableMapping({ fields, ...mapping }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const without = (value: object) =>
    Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== false))
  return { ...mapping, fields: (fields as object[]).map(without) }
}

function wantedInput(
  { label, type, isEnabled, settings, source }: InputPart,
  there: ConfigurationObject['value'] | undefined,
  secrets: SecretValues,
): object {
  const told = Object.entries(settings)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, isReference(value) ? secrets.markOf(`input ${label}.${name}`, value) : value])
  const own = { type, isEnabled, settings: Object.fromEntries(told) as object }
  const kept = source ?? there?.['source']
  return kept === undefined ? own : { ...own, source: kept }
}

function withMarkOfUrl<T extends { readonly target: { readonly kind: string } }>({ target, ...channel }: T) {
  const marked = target.kind === 'email' ? target : { ...target, url: { set: true } }
  return { ...channel, target: marked } as unknown as T
}

function wantedChannel(
  channel: ConfigurationObject,
  there: ReadonlyMap<string, ConfigurationObject['value']>,
  secrets: SecretValues,
): ConfigurationObject {
  const target = channel.value['target'] as { kind: string; url?: SecretReference }
  if (target.url === undefined) return channel
  const url = secrets.markOf(keyOf(channel), target.url)
  const value = target.url.secret.value
  const before = there.get(keyOf(channel))?.['target'] as { host?: string } | undefined
  const host = value === undefined ? before?.host : URL.parse(value)?.host
  return { ...channel, value: { ...channel.value, target: { kind: target.kind, host, url } } }
}

function withMarkOfKey(archive: NonNullable<Configuration['archive']>): object {
  const { target } = archive
  return target.kind === 'folder' ? archive : { ...archive, target: { ...target, secretAccessKey: { set: true } } }
}

function wantedArchive(
  { target, ...archive }: NonNullable<ConfigurationDocument['archive']>,
  secrets: SecretValues,
): object {
  if (target.kind === 'folder') return { ...archive, target }
  const { secretAccessKey, ...open } = target
  const reference = secretAccessKey ?? { secret: { name: 'secretAccessKey' } }
  return { ...archive, target: { ...open, secretAccessKey: secrets.markOf('archive', reference) } }
}
