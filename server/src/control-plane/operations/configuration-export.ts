/**
 * The whole configuration of a workspace, as one object without secrets: what another workspace would be set to, to work alike. Names
 * stand for ids, lists are in the order of their names, and nothing in it changes by itself: two exports can be compared.
 */

import { findArchive } from '../store/archives.ts'
import { newestMappings } from '../store/mappings.ts'
import type { Store } from '../store/store.ts'
import type { ShownArchive } from './archive.ts'
import type { ConfiguredOperations } from './configuration-parts.ts'
import { exportMapping } from './exported-mapping.ts'
import { type Caller, demand, type Page } from './operation.ts'

export type Configuration = Awaited<ReturnType<typeof currentConfiguration>>

type Parts = ConfiguredOperations

/** @throws MillraceError `forbidden`: it takes all permissions to read what is in it. */
export async function currentConfiguration(store: Store, parts: Parts, caller: Caller) {
  const inputs = await all((page) => parts.inputs.list(caller, page))
  const sources = new Map((await all((page) => parts.sources.list(caller, page))).map((source) => [source.id, source]))
  const { mode: mappingMode } = await parts.mappings.mode(caller)
  const eventTypes = await eventTypesOf(store, caller)
  return {
    /** Rises when an export becomes another shape. */
    format: 1 as const,
    workspace: caller.workspace,
    mappingMode,
    inputs: byName(
      inputs.map((input) => inputOf(input, sources.get(input.id))),
      ({ label }) => label,
    ),
    buckets: byName(await bucketsOf(parts, caller, inputs), ({ input, key }) => `${input} ${key}`),
    eventTypes,
    tables: tablesOf(eventTypes),
    transforms: await transformsOf(parts, caller),
    notificationChannels: byName(
      (await all((page) => parts.notificationChannels.list(caller, page))).map(channelOf),
      ({ label, target }) => `${label} ${JSON.stringify(target)}`,
    ),
    notificationMutes: byName(
      (await all((page) => parts.notifications.mutes(caller, page))).map(({ type, until }) => ({ type, until })),
      ({ type, until }) => `${type} ${until}`,
    ),
    archive: await archiveOf(store, caller),
    scheduledQueries: byName(
      (await all((page) => parts.scheduledQueries.list(caller, {}, page))).map(queryOf),
      ({ label, target }) => `${label} ${target}`,
    ),
    semanticLayer: await parts.semanticLayer.export(caller),
  }
}

type Of<Name extends 'inputs' | 'sources' | 'notificationChannels' | 'scheduledQueries'> = Awaited<
  ReturnType<Parts[Name]['list']>
>[number]

function inputOf({ label, type, settings, disabledAt }: Of<'inputs'>, source: Of<'sources'> | undefined) {
  const own = { label, type, isEnabled: disabledAt === null, settings: ordered(withoutUserinfo(settings)) as Settings }
  if (source === undefined) return own
  const { schedule, limits, pausedAt } = source
  return { ...own, source: { schedule, isPaused: pausedAt !== null, limits } }
}

type Settings = Readonly<Record<string, unknown>>

async function bucketsOf({ buckets }: Parts, caller: Caller, inputs: readonly Of<'inputs'>[]) {
  const labels = new Map(inputs.map(({ id, label }) => [id, label]))
  const found = await all((page) => buckets.list(caller, page))
  return found.map(({ inputId, key, name, eventType }) => ({ input: labels.get(inputId) ?? '', key, name, eventType }))
}

async function eventTypesOf({ db }: Store, caller: Caller) {
  demand(caller, 'event-types:read')
  const rows = await newestMappings(db, caller.workspace)
  return byName(
    rows.flatMap(({ eventType: name, mapping: json }) => {
      const mapping = exportMapping(json)
      return mapping === undefined ? [] : [{ name, mapping }]
    }),
    ({ name }) => name,
  )
}

/** Of tables that events fill, by which columns a newer row replaces an older one. */
function tablesOf(eventTypes: Awaited<ReturnType<typeof eventTypesOf>>) {
  const filled = Map.groupBy(eventTypes, ({ mapping }) => mapping.table)
  filled.delete('') // it has none yet
  return byName(
    [...filled].map(([name, types]) => ({
      name,
      primaryKey: types[0]!.mapping.primaryKey,
      eventTypes: types.map((type) => type.name),
    })),
    ({ name }) => name,
  )
}

async function transformsOf({ transforms, lookups, secretsOfCode }: Parts, caller: Caller) {
  const { order, limits } = await transforms.settings(caller)
  const modules = []
  for (const { name } of await transforms.modules(caller)) {
    const { language, code } = await transforms.module(caller, name)
    modules.push({ name, language, code })
  }
  const tables = []
  for (const { name } of await lookups.list(caller)) {
    const { entries } = await lookups.get(caller, name)
    tables.push({ name, entries: ordered(entries) as Settings })
  }
  const secretNames = (await secretsOfCode.list(caller)).map(({ name }) => name)
  return { order, limits, modules, lookups: tables, secretNames }
}

function channelOf({ label, target, severityMin, digest, disabledAt }: Of<'notificationChannels'>) {
  return { label, target, severityMin, digest, isEnabled: disabledAt === null }
}

function queryOf({ label, target, work: statement, schedule, timeLimitMs, disabledAt }: Of<'scheduledQueries'>) {
  const timeLimitSeconds = timeLimitMs / 1_000
  return { label, target, statement, schedule, timeLimitSeconds, isEnabled: disabledAt === null }
}

const pageItems = 1_000

/** All pages of a list that is in the order of ids. */
export async function all<T extends { readonly id: string }>(list: (page: Page) => Promise<T[]>): Promise<T[]> {
  const found: T[] = []
  for (;;) {
    const items = await list({ limit: pageItems, after: found.at(-1)?.id })
    found.push(...items)
    if (items.length < pageItems) return found
  }
}

/** By code units, in which no locale of a machine plays a part. */
function byName<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const named = items.map((item) => ({ item, name: nameOf(item) }))
  return named
    .sort((left, right) => Number(left.name > right.name) - Number(left.name < right.name))
    .map(({ item }) => item)
}

/** With the keys of all objects in order. */
export function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]))
}

/** A name or password before the host of an address is a secret, although its setting is none. */
function withoutUserinfo(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
  if (Array.isArray(value)) return value.map(withoutUserinfo)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutUserinfo(inner)]))
}

async function archiveOf({ db }: Store, { workspace }: Caller) {
  const row = await findArchive(db, workspace)
  if (row === undefined) return null
  const { rollBytes, rollSeconds } = row
  const inputs = row.inputs === null ? null : (JSON.parse(row.inputs) as string[])
  return { target: JSON.parse(row.target) as ShownArchive['target'], inputs, rollBytes, rollSeconds }
}
