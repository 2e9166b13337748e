/**
 * The one way in which users' code changes: checked, written as a new version, then told to the engine. One change of a workspace
 * at a time, so that the engine hears of versions in their order; after a crash in between, the start loads the newest.
 */
import { MillraceError } from '../../errors.ts'
import type { Deployment, Diagnostic } from '../../transform.ts'
import type { DataPlane } from '../data-plane.ts'
import type { TransformDraft } from '../data-plane-transforms.ts'
import { assemble, loadDeployment, lookupVersionsMax, placeOfSecret } from '../deployments.ts'
import type { Tx } from '../store/schema.ts'
import { deleteSecret } from '../store/secrets.ts'
import type { Store } from '../store/store.ts'
import {
  contentsSince,
  findVersion,
  forgetTexts,
  insertVersion,
  keepTexts,
  newestVersion,
  type Texts,
  type TransformVersionRow,
} from '../store/transforms.ts'
import { changedParts, contentOf, type TransformContent } from '../transform-content.ts'
import { authorOf, type Caller } from './operation.ts'
import { invalidCode } from './transform-rules.ts'

export interface Deployed {
  readonly version: number
  readonly createdAt: number
  /** `module main`, `order`, `lookup cities`, `secret salt`, `limits`: what this version changed. */
  readonly changed: string[]
  /** Mistakes in types that were let through, or that the types could not be checked. */
  readonly warnings: Diagnostic[]
}

/** A change of what is deployed. */
export interface Edit {
  readonly content: TransformContent
  /** Long texts that the content names by their hash, as far as they are new. */
  readonly texts?: Texts
  /** New values of secrets; null deletes one. */
  readonly secrets?: Readonly<Record<string, string | null>>
  /** The version that is taken over. */
  readonly rolledBackTo?: number
}

export interface DeployOptions {
  readonly message?: string | undefined
  /** Version that the caller knows as the newest. */
  readonly baseVersion?: number | undefined
  /** Mistakes in types do not keep the code from being deployed. */
  readonly allowTypeErrors?: boolean | undefined
}

/** Finds mistakes in the types of TypeScript modules. */
export type TypeChecker = (workspaceId: string, draft: TransformDraft) => Promise<readonly Diagnostic[]>

export interface Deploying {
  /**
   * @param edit given what is deployed and the version that is being made
   * @throws MillraceError `precondition_failed`: the base is not the newest; `invalid_code`; what `edit` throws; `sandbox_unavailable`:
   * it could not be checked and nothing is changed, or, says the message, it is stored and cannot run yet.
   */
  change(
    caller: Caller,
    action: string,
    options: DeployOptions,
    edit: (content: TransformContent, version: number) => Promise<Edit> | Edit,
  ): Promise<Deployed>
  /** Ends a pause; where another version than the newest runs, the newest is started. @throws MillraceError `conflict`. */
  resume(caller: Caller): Promise<void>
}

interface DeployingParts {
  readonly store: Store
  readonly dataPlane: Pick<DataPlane, 'transforms'>
  readonly checkTypes: TypeChecker
}

export function openDeploying({ store, dataPlane, checkTypes }: DeployingParts): Deploying {
  const inTurn = openTurns()

  const verify = async (workspace: string, draft: TransformDraft, allowTypeErrors: boolean): Promise<Diagnostic[]> => {
    const { modules, order, ...loadedWith } = draft
    if (modules.length === 0) return []
    const mistakes = await dataPlane.transforms(workspace).check(modules, order, loadedWith)
    if (mistakes.length > 0) throw invalidCode(mistakes, 'Nothing was changed.')
    const typeMistakes = await checkTypes(workspace, draft)
    const errors = typeMistakes.filter(({ line }) => line !== undefined)
    if (errors.length > 0 && !allowTypeErrors) {
      throw invalidCode(errors, hintOf(errors))
    }
    return [...typeMistakes]
  }

  return {
    change: (caller, action, options, edit) =>
      inTurn(caller.workspace, async () => {
        const { workspace } = caller
        const row = await newestVersion(store.db, workspace)
        refuseOtherBase(row?.version ?? 0, options.baseVersion)
        const version = (row?.version ?? 0) + 1
        const before = contentOf(row)
        const { content, texts = new Map(), secrets = {}, rolledBackTo } = await edit(before, version)
        const changed = changedParts(before, content)
        const draft = await assemble(store, workspace, content, { texts, secrets: present(secrets) })
        const isNewCode = changed.some((part) => part.startsWith('module ') || part === 'order')
        const warnings = isNewCode ? await verify(workspace, draft, options.allowTypeErrors ?? false) : []
        const { message = '' } = options
        const made = { version, createdAt: store.now(), changed, warnings }
        await store.change(authorOf(caller), async (tx) => {
          if (await findVersion(tx, workspace, version)) throw stale(version)
          await keepTexts(tx, workspace, texts)
          await keepSecrets(store, tx, workspace, secrets)
          await insertVersion(tx, rowOf(caller, made, { message, content, rolledBackTo: rolledBackTo ?? null }))
          await forgetOldLookups(tx, workspace, version)
          const detail = { version, changed, message, ...(rolledBackTo && { rolledBackTo }) }
          return { result: undefined, audit: { workspaceId: workspace, action, object: 'transform', detail } }
        })
        await start(dataPlane, workspace, { version, ...draft })
        return made
      }),

    resume: (caller) =>
      inTurn(caller.workspace, async () => {
        const { workspace } = caller
        await store.change(authorOf(caller), async () => ({
          result: undefined,
          audit: { workspaceId: workspace, action: 'transform.resumed', object: 'transform' },
        }))
        const transforms = dataPlane.transforms(workspace)
        const newest = await loadDeployment(store, workspace)
        const { version } = await transforms.state()
        if (newest && newest.version !== version) await start(dataPlane, workspace, newest)
        else await transforms.resume()
      }),
  }
}

function rowOf(
  { workspace: workspaceId, user }: Caller,
  { version, createdAt, changed }: Deployed,
  { message, content, rolledBackTo }: { message: string; content: TransformContent; rolledBackTo: number | null },
): TransformVersionRow {
  const texts = { changed: JSON.stringify(changed), content: JSON.stringify(content) }
  return { workspaceId, version, createdAt, author: user.id, message, rolledBackTo, ...texts }
}

async function keepSecrets(
  store: Store,
  tx: Tx,
  workspaceId: string,
  secrets: Readonly<Record<string, string | null>>,
): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    const place = placeOfSecret(workspaceId, name)
    if (value === null) await deleteSecret(tx, place)
    else await store.writeSecret(tx, place, Buffer.from(value))
  }
}

/** Those of the version that is now too old, unless a later one has them too. */
async function forgetOldLookups(tx: Tx, workspaceId: string, newest: number): Promise<void> {
  const { lookups } = contentOf(await findVersion(tx, workspaceId, newest - lookupVersionsMax))
  if (lookups.length === 0) return
  const later = await contentsSince(tx, workspaceId, newest - lookupVersionsMax + 1)
  const kept = new Set(later.flatMap((row) => contentOf(row).lookups.map(({ hash }) => hash)))
  const old = lookups.map(({ hash }) => hash).filter((hash) => !kept.has(hash))
  await forgetTexts(tx, workspaceId, old)
}

function present(secrets: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).filter((entry): entry is [string, string] => entry[1] !== null))
}

async function start(
  dataPlane: Pick<DataPlane, 'transforms'>,
  workspace: string,
  deployment: Deployment,
): Promise<void> {
  try {
    await dataPlane.transforms(workspace).deploy(deployment)
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    const { code, message, fields } = error
    throw new MillraceError(code, `Version ${deployment.version} is stored, but does not run yet: ${message}`, {
      cause: error,
      ...(fields && { fields }),
      hint: 'POST /api/v1/transforms/resume tries again; so does every further deployment and every start of the server.',
    })
  }
}

function refuseOtherBase(newest: number, base: number | undefined): void {
  if (base !== undefined && base !== newest) throw stale(newest)
}

function stale(newest: number): MillraceError {
  return new MillraceError('precondition_failed', `Somebody else deployed in the meantime: version ${newest}`, {
    hint: 'Look at the newest version, and deploy on top of that one.',
  })
}

/** Work on one workspace waits for the work on it before. */
function openTurns() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(workspace: string, work: () => Promise<T>): Promise<T> => {
    const turn = (last.get(workspace) ?? Promise.resolve()).then(work)
    const settled = turn.catch(() => {})
    last.set(workspace, settled)
    try {
      return await turn
    } finally {
      if (last.get(workspace) === settled) last.delete(workspace)
    }
  }
}

/** Whoever writes the first code does not know why. */
function hintOf(errors: readonly Diagnostic[]): string {
  const outcome = 'Nothing was changed. With `allowTypeErrors` mistakes in types are warnings.'
  if (!errors.some(({ message }) => message.includes('is possibly'))) return outcome
  return `${outcome} Any event may lack a field: read it with ?., or with ! where it is always there.`
}
