/** Users' code: its modules, deployed in versions; how it runs. */
import type { Language, TransformLimits } from '../../transform.ts'
import type { DataPlane } from '../data-plane.ts'
import type { TransformState } from '../data-plane-transforms.ts'
import { textsOf } from '../deployments.ts'
import { mayRole } from '../permissions.ts'
import type { Store } from '../store/store.ts'
import { newestVersion } from '../store/transforms.ts'
import { contentOf, type TransformContent } from '../transform-content.ts'
import type { Deploying, DeployOptions } from './deploying.ts'
import { type CodeChange, changeCode } from './module-changes.ts'
import { notFound, operation } from './operation.ts'
import { modulesOf, settingsOf } from './shown-content.ts'
import { limitBounds, refusal } from './transform-rules.ts'
import { transformVersionOperations } from './transform-versions.ts'

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
    ...transformVersionOperations(store, deploying),

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

function only({ modules }: TransformContent, name: string): Pick<TransformContent, 'modules'> {
  return { modules: modules.filter((module) => module.name === name) }
}

function refuseMissing({ modules }: TransformContent, name: string): void {
  if (!modules.some((module) => module.name === name)) throw notFound('module')
}

/** @throws MillraceError `invalid_request`. */
export function changeLimits(
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
