/**
 * The whole configuration of a workspace as one document: exported, compared with one that somebody keeps as code, and made what that
 * says, all of it or nothing.
 */
import { MillraceError } from '../../errors.ts'
import type { StoredMapping } from '../mappings.ts'
import { newestVersion } from '../store/transforms.ts'
import { applyChanges, type Made } from './configuration-applying.ts'
import { type ConfigurationObject, changesBetween, keyOf, type ObjectChange } from './configuration-difference.ts'
import { currentConfiguration } from './configuration-export.ts'
import { changesOfMappings, isOfTraffic, madeByTraffic } from './configuration-mappings.ts'
import { presentObjects, wantedObjects } from './configuration-objects.ts'
import type { ConfigurationDocument, ConfigurationParts, Within } from './configuration-parts.ts'
import { changedMeanwhile, openRehearsal, type Rehearsal } from './configuration-rehearsal.ts'
import { openSecretValues, readSecrets } from './configuration-secrets.ts'
import { withSettledSecrets } from './configuration-settings.ts'
import { type SecretFingerprint, secretFingerprints, versionOf } from './configuration-version.ts'
import { authorOf, type Caller, operation } from './operation.ts'

export interface Plan {
  /** Of what a plan is made: an apply that names it is refused where that has changed. */
  readonly baseVersion: string
  readonly changes: readonly ObjectChange[]
  /** What the workspace has and the document does not name. */
  readonly kept: readonly { readonly kind: string; readonly name: string }[]
  /** What else somebody wants to know: what will not work yet. */
  readonly notes: readonly string[]
  /** Of the secrets that the workspace has: whoever keeps them sees that one was changed, and never to what. */
  readonly secrets: readonly SecretFingerprint[]
}

export interface Applied extends Plan, Made {}

interface Asked {
  readonly document: ConfigurationDocument
  /** Whether what the document does not name is deleted. */
  readonly prune: boolean
}

interface Drawn extends Plan {
  /** With its secrets settled. */
  readonly document: ConfigurationDocument
  readonly wanted: readonly ConfigurationObject[]
}

export function configurationOperations(parts: ConfigurationParts) {
  const { store, dataPlane, operations, over } = parts
  const outside = { store, operations }

  /** Makes the changes, or finds out whether they could be made. @returns what became of them. */
  const run = async (caller: Caller, asked: Asked, drawn: Drawn, isRehearsal: boolean): Promise<Made> => {
    const notes: string[] = []
    const { workspace } = caller
    const rehearsal = openRehearsal(dataPlane, parts.checkTypes, await dataPlane.tables(workspace))
    const refreshing = { refresh: async () => rehearsal.later(async () => {}) }
    // An object that takes several operations has one row in the audit all the same.
    const within = <T>(work: (within: Within) => Promise<T>): Promise<T> =>
      store.together(async (inner) => {
        const others = {
          store: inner,
          dataPlane: rehearsal.dataPlane,
          inputKeys: { ...parts.inputKeys, ...refreshing },
          buckets: { ...parts.buckets, ...refreshing },
          checkTypes: rehearsal.checkTypes,
          acceptInvalid: (message: string) => void notes.push(message),
        }
        return work({ store: inner, ...over(others) })
      }, 'one row each')
    await takenBack(within, (inner) => applyChanges(inner, caller, drawn.document, drawn.changes))
    rehearsal.forget()
    await rehearsal.ask()

    const make = async (versions: readonly StoredMapping[]): Promise<Made> => {
      notes.length = 0
      return within(async (inner) => {
        if ((await draw(inner, caller, asked)).baseVersion !== drawn.baseVersion) throw changedMeanwhile()
        const made = await applyChanges(inner, caller, drawn.document, drawn.changes, versions)
        rehearsal.refuseUnasked()
        return made
      })
    }
    let made: Made = { keys: [], warnings: [] }
    const mappings = changesOfMappings(drawn.changes, drawn.wanted)
    if (mappings.length > 0) {
      const mode = asked.document.mappingMode
      const commit = async (versions: readonly StoredMapping[]) => {
        if (!isRehearsal) made = await make(versions)
        return !isRehearsal
      }
      await dataPlane.mappings(workspace).setTogether(mappings, { ...(mode && { mode }), commit })
    } else if (!isRehearsal) made = await make([])
    if (isRehearsal) return { ...made, warnings: [...notes] }
    return { ...made, warnings: [...made.warnings, ...notes, ...(await follow(caller, asked, drawn, rehearsal))] }
  }

  /** What is in memory follows what was changed. */
  const follow = async ({ workspace }: Caller, { document }: Asked, { changes }: Drawn, rehearsal: Rehearsal) => {
    const has = (...kinds: ObjectChange['kind'][]) => changes.some(({ kind }) => kinds.includes(kind))
    await parts.inputKeys.refresh()
    await parts.buckets.refresh()
    if (has('mapping-mode') && document.mappingMode) await dataPlane.mappings(workspace).setMode(document.mappingMode)
    const failures = await rehearsal.tell()
    if (has('dimension', 'pattern', 'harmonised-dimension', 'calculated-measurement'))
      await parts.refreshViews(workspace)
    return failures
  }

  const draw = async (
    { store, operations }: Omit<Within, 'deploying'>,
    caller: Caller,
    { document: asked, prune }: Asked,
  ): Promise<Drawn> => {
    const current = await currentConfiguration(store, operations, caller)
    const present = presentObjects(current)
    const values = await readSecrets({ store, operations }, caller)
    const document = withSettledSecrets(asked, values, parts.inputTypes)
    const secrets = openSecretValues(values)
    const wanted = wantedObjects(document, present, secrets)
    refuseTwice(wanted)
    secrets.refuseMissing()
    const mode = document.mappingMode ?? current.mappingMode
    const isTraffics = ({ kind, value }: ConfigurationObject) =>
      kind === 'bucket' || (kind === 'event-type' && mode === 'AUTO_MAP' && isOfTraffic(value))
    const changes = changesBetween(present, wanted, (object) => prune && !isTraffics(object))
    const version = await newestVersion(store.db, caller.workspace)
    const fingerprints = secretFingerprints(store, caller.workspace, values, current, parts.inputTypes)
    const compared = present.filter((object) => !isTraffics(object))
    return {
      document,
      wanted,
      changes,
      kept: keptOf(present, wanted, changes),
      notes: [...notesOf(present, wanted), ...secrets.notes()],
      secrets: fingerprints,
      baseVersion: versionOf(compared, version?.version ?? 0, fingerprints, changes),
    }
  }

  return {
    /** @throws MillraceError `forbidden`: it takes all permissions to read what is in it. */
    export: operation('settings:read', (caller) => currentConfiguration(store, operations, caller)),

    /**
     * What an apply would change; everything that is checked then is checked now. What the document does not name stays, unless `prune`.
     * @throws MillraceError what the operations of its parts refuse: `invalid_request`, `invalid_mapping`, `invalid_code`, `invalid_sql`.
     */
    plan: operation('settings:write', async (caller, asked: Asked): Promise<Plan> => {
      const drawn = await draw(outside, caller, asked)
      const { wanted: _, document: __, ...plan } = drawn
      await store.change(authorOf(caller), async () => {
        const { workspace } = caller
        const detail = { changes: plan.changes.length }
        return {
          result: undefined,
          audit: { workspaceId: workspace, action: 'configuration.planned', object: workspace, detail },
        }
      })
      if (plan.changes.length === 0) return plan
      const { warnings } = await run(caller, asked, drawn, true)
      return { ...plan, notes: [...plan.notes, ...warnings] }
    }),

    /**
     * Makes the workspace what the document says: all of it or nothing.
     * @param baseVersion of the plan that is meant. @throws MillraceError as `plan`; `conflict`: somebody changed something since.
     */
    apply: operation(
      'settings:write',
      async (
        caller,
        { baseVersion, ...asked }: Asked & { readonly baseVersion?: string | undefined },
      ): Promise<Applied> => {
        const drawn = await draw(outside, caller, asked)
        if (baseVersion !== undefined && baseVersion !== drawn.baseVersion) throw changedMeanwhile()
        const { wanted: _, document: __, ...plan } = drawn
        if (plan.changes.length === 0) return { ...plan, keys: [], warnings: [] }
        return { ...plan, ...(await run(caller, asked, drawn, false)) }
      },
    ),
  }
}

const backOut = Symbol('taken back')

/** Runs a change whole, and takes it back. @throws what it throws. */
async function takenBack(
  within: (work: (inner: Within) => Promise<void>) => Promise<void>,
  work: (inner: Within) => Promise<unknown>,
): Promise<void> {
  const run = within(async (inner) => {
    await work(inner)
    throw backOut
  })
  await run.catch((error: unknown) => {
    if (error !== backOut) throw error
  })
}

function keptOf(
  present: readonly ConfigurationObject[],
  wanted: readonly ConfigurationObject[],
  changes: readonly ObjectChange[],
): Plan['kept'] {
  const named = new Set([...wanted, ...changes].map(keyOf))
  return present.filter((object) => !named.has(keyOf(object))).map(({ kind, name }) => ({ kind, name }))
}

function notesOf(present: readonly ConfigurationObject[], wanted: readonly ConfigurationObject[]): string[] {
  const notes: string[] = []
  for (const { kind, name, value } of wanted) {
    const before = present.find((object) => object.kind === kind && object.name === name)
    if (kind !== 'event-type' || before === undefined) continue
    const more = madeByTraffic(value) - madeByTraffic(before.value)
    if (more < 0) notes.push(`event-type ${name}: ${-more} columns that events made are made fixed or taken away`)
  }
  return notes
}

function refuseTwice(wanted: readonly ConfigurationObject[]): void {
  const seen = new Set<string>()
  for (const { kind, name } of wanted) {
    const key = `${kind} ${name}`
    if (seen.has(key)) throw wrong(key, 'It stands there twice')
    seen.add(key)
  }
}

function wrong(field: string, message: string): MillraceError {
  return new MillraceError('invalid_request', `${field}: ${message}`, { fields: [{ field, message }] })
}
