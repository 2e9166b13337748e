/** Lookups: small tables of keys and values that users' code reads, loaded with it. */
import { MillraceError } from '../../errors.ts'
import { textsOf } from '../deployments.ts'
import type { Store } from '../store/store.ts'
import { hashOfLookup, newestVersion } from '../store/transforms.ts'
import { contentOf, type LookupEntry, type TransformContent, withoutPart, withPart } from '../transform-content.ts'
import type { Deploying, DeployOptions } from './deploying.ts'
import { notFound, operation } from './operation.ts'
import { refuseDeep, refuseTooMany, refuseWrongName, transformRules } from './transform-rules.ts'

export type Entries = Readonly<Record<string, unknown>>

export interface LookupPut extends DeployOptions {
  readonly entries: Entries
}

export function lookupOperations(store: Store, deploying: Deploying) {
  const current = async (workspaceId: string) => contentOf(await newestVersion(store.db, workspaceId))

  return {
    /** By name, without what is in them. */
    list: operation('transforms:read', async (caller) => (await current(caller.workspace)).lookups.map(shown)),

    get: operation('transforms:read', async (caller, name: string) => {
      const entry = (await current(caller.workspace)).lookups.find((lookup) => lookup.name === name)
      if (!entry) throw notFound('lookup')
      const { lookups } = await textsOf(store.db, caller.workspace, { modules: [], lookups: [entry] })
      return { ...shown(entry), entries: JSON.parse(lookups[0]!.text) as Entries }
    }),

    /** In place of what it held. @throws MillraceError `invalid_request`, `too_deep`, `request_too_large`, `conflict`. */
    put: operation('transforms:write', (caller, name: string, { entries, ...options }: LookupPut) => {
      const put = putLookup(name, entries)
      return deploying.change(caller, 'transform.lookup_set', options, put)
    }),

    delete: operation('transforms:write', (caller, name: string, options: DeployOptions) =>
      deploying.change(caller, 'transform.lookup_deleted', options, (content) => {
        const lookups = withoutPart(content.lookups, name)
        if (lookups.length === content.lookups.length) throw notFound('lookup')
        return { content: { ...content, lookups } }
      }),
    ),
  }
}

/** A change that puts it in place of what it held. @throws MillraceError `invalid_request`, `too_deep`, `request_too_large`. */
export function putLookup(name: string, entries: Entries) {
  refuseWrongName(name)
  refuseDeep(entries)
  const text = JSON.stringify(entries)
  const bytes = Buffer.byteLength(text)
  if (bytes > transformRules.lookupBytesMax) throw tooLarge('A lookup has at most 1 MiB of JSON')
  return (content: TransformContent, version: number) => {
    const hash = hashOfLookup(text)
    const lookup = { name, hash, bytes, keys: Object.keys(entries).length, since: version }
    const lookups = withPart(content.lookups, lookup)
    refuseTooMany(lookups, transformRules.lookupsMax, 'lookups')
    if (totalOf(lookups) > transformRules.lookupBytesTotalMax)
      throw tooLarge('All lookups together have at most 16 MiB')
    return { content: { ...content, lookups }, texts: new Map([[hash, text]]) }
  }
}

function shown({ hash: _, ...lookup }: LookupEntry): Omit<LookupEntry, 'hash'> {
  return lookup
}

function totalOf(lookups: readonly LookupEntry[]): number {
  return lookups.reduce((sum, { bytes }) => sum + bytes, 0)
}

function tooLarge(message: string): MillraceError {
  return new MillraceError('request_too_large', message)
}
