/** Users' code: its modules, deployed in versions; how it runs. */

import { defaultTransformLimits, type Language, type TransformLimits } from '../../transform.ts'
import type { DataPlane, TransformState } from '../data-plane.ts'
import { textsOf } from '../deployments.ts'
import { mayRole } from '../permissions.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { findVersion, listVersions, newestVersion, type TransformVersionHead } from '../store/transforms.ts'
import {
  changedParts,
  contentOf,
  emptyContent,
  type ModuleEntry,
  orderOf,
  type TransformContent,
} from '../transform-content.ts'
import type { Deploying, DeployOptions } from './deploying.ts'
import { type CodeChange, changeCode } from './module-changes.ts'
import { notFound, operation, type Page } from './operation.ts'
import { limitBounds, refusal } from './transform-rules.ts'
import { differenceOf } from './version-difference.ts'

export interface Module extends Omit<ModuleEntry, 'hash'> {
  /** Which one after the other is called, from 0; null: it is only imported. */
  readonly place: number | null
}

export interface Version extends Omit<TransformVersionHead, 'changed'> {
  readonly changed: string[]
}

export interface ModulePut extends DeployOptions {
  readonly language?: Language | undefined
  readonly code: string
}

export interface SettingsChange extends DeployOptions {
  readonly order?: readonly string[] | null | undefined
  /** Over those that are set; null takes one back to its default. */
  readonly limits?: { readonly [Name in keyof TransformLimits]?: number | null | undefined } | undefined
}

interface TransformParts {
  readonly store: Store
  readonly dataPlane: Pick<DataPlane, 'transforms'>
  readonly deploying: Deploying
  /** Declarations of what TypeScript code works with. */
  readonly declarations: (workspaceId: string) => Promise<string>
}

export function transformOperations({ store, dataPlane, deploying, declarations }: TransformParts) {
  const current = async (workspaceId: string) => contentOf(await newestVersion(store.db, workspaceId))

  return {
    /** By name. */
    modules: operation('transforms:read', async (caller) => modulesOf(await current(caller.workspace))),

    module: operation('transforms:read', async (caller, name: string) => {
      const content = await current(caller.workspace)
      const { modules } = await textsOf(store.db, caller.workspace, { ...only(content, name), lookups: [] })
      const [module, code] = [modulesOf(content).find((module) => module.name === name), modules[0]?.code]
      if (!module || code === undefined) throw notFound('module')
      return { ...module, code }
    }),

    /** Makes a module, or gives it other code; empty code deletes it. @throws as `Deploying.change`; `invalid_request`. */
    putModule: operation('transforms:write', (caller, name: string, { code, language, ...options }: ModulePut) =>
      deploying.change(caller, 'transform.deployed', options, (content, version) => {
        if (code === '') refuseMissing(content, name)
        return changeCode(content, version, { modules: [{ name, language, code }] })
      }),
    ),

    deleteModule: operation('transforms:write', (caller, name: string, options: DeployOptions) =>
      deploying.change(caller, 'transform.deployed', options, (content, version) => {
        refuseMissing(content, name)
        return changeCode(content, version, { modules: [{ name, code: '' }] })
      }),
    ),

    /** Several modules and their order at once, all or nothing. @throws as `putModule`. */
    deploy: operation('transforms:write', (caller, change: CodeChange & DeployOptions) =>
      deploying.change(caller, 'transform.deployed', change, (content, version) =>
        changeCode(content, version, change),
      ),
    ),

    /** Newest first; a page's key is the last version of the page before. */
    versions: operation('transforms:read', async (caller, { limit, after }: Page): Promise<Version[]> => {
      const before = after === undefined ? undefined : Number(after)
      return (await listVersions(store.db, caller.workspace, { before, limit })).map(withChanged)
    }),

    /** With the code as it was then; of secrets and lookups their names. */
    version: operation('transforms:read', async (caller, version: number) => {
      const row = await findVersion(store.db, caller.workspace, version)
      if (!row) throw notFound('version')
      const content = contentOf(row)
      const { modules } = await textsOf(store.db, caller.workspace, { ...content, lookups: [] })
      const codes = new Map(modules.map(({ name, code }) => [name, code]))
      return {
        ...withChanged(row),
        modules: modulesOf(content).map((module) => ({ ...module, code: codes.get(module.name)! })),
        ...settingsOf(content),
        lookups: content.lookups.map(({ name }) => name),
        secrets: content.secrets.map(({ name }) => name),
      }
    }),

    /** What a version changed of another one, or of the one before it. */
    difference: operation('transforms:read', async (caller, to: number, from: number = to - 1) => {
      const [before, after] = await Promise.all(
        [from, to].map((version) => codeOf(store.db, caller.workspace, version)),
      )
      return {
        from,
        to,
        changed: changedParts(before!.content, after!.content),
        modules: differenceOf(before!.modules, after!.modules),
      }
    }),

    /** A new version like an old one, but for secrets: their values are those of today. Types are not checked. */
    rollBack: operation('transforms:write', (caller, to: number, options: DeployOptions) =>
      deploying.change(
        caller,
        'transform.rolled_back',
        { message: `Back to version ${to}`, ...options, allowTypeErrors: true },
        async ({ secrets, ...before }, version) => {
          const row = await findVersion(store.db, caller.workspace, to)
          if (!row) throw notFound('version')
          const { modules, lookups, ...old } = contentOf(row)
          const content = {
            ...old,
            modules: sinceThen(modules, before.modules, version),
            lookups: sinceThen(lookups, before.lookups, version),
            secrets,
          }
          return { content, rolledBackTo: to }
        },
      ),
    ),

    settings: operation('transforms:read', async (caller) => settingsOf(await current(caller.workspace))),

    /** @throws MillraceError `invalid_request`. */
    changeSettings: operation(
      'transforms:write',
      async (caller, { order, limits = {}, ...options }: SettingsChange) => {
        await deploying.change(caller, 'transform.settings_changed', options, (content, version) => {
          const changed = changeCode(content, version, { order }).content
          return { content: { ...changed, limits: changeLimits(content.limits, limits) } }
        })
        return settingsOf(await current(caller.workspace))
      },
    ),

    /** What the code printed may hold contents of events. */
    state: operation('transforms:read', async (caller): Promise<TransformState & { newestVersion: number | null }> => {
      const newest = await newestVersion(store.db, caller.workspace)
      const { printed, ...state } = await dataPlane.transforms(caller.workspace).state()
      const maySee = caller.role !== undefined && mayRole(caller.role, 'samples:read')
      return { ...state, ...(printed !== undefined && maySee && { printed }), newestVersion: newest?.version ?? null }
    }),

    /** @throws MillraceError `conflict`: it is not paused; `sandbox_unavailable`. */
    resume: operation('transforms:write', (caller) => deploying.resume(caller)),

    /** For editors: declarations of events, secrets and lookups as they are today. */
    types: operation('transforms:read', (caller) => declarations(caller.workspace)),
  }
}

function modulesOf(content: TransformContent): Module[] {
  const order = orderOf(content)
  return content.modules.map(({ hash: _, ...module }) => {
    const place = order.indexOf(module.name)
    return { ...module, place: place === -1 ? null : place }
  })
}

/** As set, and as in force. */
function settingsOf(content: TransformContent) {
  return {
    order: content.order && [...content.order],
    calledModules: [...orderOf(content)],
    limits: { ...defaultTransformLimits, ...content.limits },
  }
}

function withChanged({ version, createdAt, author, message, changed, rolledBackTo }: TransformVersionHead): Version {
  return { version, createdAt, author, message, rolledBackTo, changed: JSON.parse(changed) as string[] }
}

/** Version 0 is before all code. */
async function codeOf(db: Db, workspaceId: string, version: number) {
  const row = version === 0 ? undefined : await findVersion(db, workspaceId, version)
  if (!row && version !== 0) throw notFound('version')
  const content = row ? contentOf(row) : emptyContent
  return { content, modules: (await textsOf(db, workspaceId, { ...content, lookups: [] })).modules }
}

function only({ modules }: TransformContent, name: string): Pick<TransformContent, 'modules'> {
  return { modules: modules.filter((module) => module.name === name) }
}

function refuseMissing({ modules }: TransformContent, name: string): void {
  if (!modules.some((module) => module.name === name)) throw notFound('module')
}

/** Parts that are as they were stay of the version that made them so. */
function sinceThen<P extends { name: string; hash: string; since: number }>(
  parts: readonly P[],
  before: readonly P[],
  version: number,
): P[] {
  return parts.map((part) => {
    const present = before.find(({ name, hash }) => name === part.name && hash === part.hash)
    return { ...part, since: present?.since ?? version }
  })
}

/** @throws MillraceError `invalid_request`. */
function changeLimits(
  before: Partial<TransformLimits>,
  change: NonNullable<SettingsChange['limits']>,
): Partial<TransformLimits> {
  const entries = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null && value !== undefined)
  for (const [name, value] of entries) {
    const [min, max] = limitBounds[name as keyof TransformLimits]
    if (value! < min || value! > max) throw refusal(`limits.${name}`, `Must be from ${min} to ${max}`)
  }
  return Object.fromEntries(entries) as Partial<TransformLimits>
}
