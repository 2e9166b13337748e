/**
 * Changes of a semantic layer: each is held against the tables and everything else of the layer before it is saved. What it would
 * make invalid of itself is refused, and so is what it would make invalid of others, by their names.
 */
import { type FieldError, MillraceError } from '../../errors.ts'
import type { Table } from '../../rows.ts'
import type { Fault, ObjectKey } from '../../semantic/faults.ts'
import type { SemanticModel } from '../../semantic/model.ts'
import { faultsOfObject, viewsOfObject } from '../../semantic/object-views.ts'
import { type Resolved, resolveInTurns } from '../../semantic/resolve.ts'
import type { DataPlane } from '../data-plane.ts'
import type { SemanticViews } from '../semantic-views.ts'
import type { Tx } from '../store/schema.ts'
import { loadModel } from '../store/semantic.ts'
import type { AuditEntry, Store } from '../store/store.ts'
import { authorOf, type Caller } from './operation.ts'

export interface SemanticParts {
  readonly store: Store
  readonly dataPlane: Pick<DataPlane, 'tables' | 'query'>
  readonly views: SemanticViews
  /** Told what is not valid, which is then saved all the same: it may become so once there are tables and columns. */
  readonly acceptInvalid?: (message: string) => void
}

/** How an object fares with the tables there are. */
export interface SemanticState {
  readonly state: 'valid' | 'invalid'
  /** Empty where it is valid. */
  readonly reasons: readonly FieldError[]
  /** Views that show it. */
  readonly views: readonly string[]
}

export interface LayerNow {
  readonly model: SemanticModel
  readonly resolved: Resolved
  stateOf(key: ObjectKey): SemanticState
}

/** The layer as it is, held against the tables. */
export async function layerNow({ store, dataPlane, views }: SemanticParts, workspace: string): Promise<LayerNow> {
  const tables = await dataPlane.tables(workspace)
  const model = await loadModel(store.db, workspace)
  const resolved = await resolveInTurns(model, tables)
  const viewFaults = views.faults(workspace)
  return {
    model,
    resolved,
    stateOf(key) {
      const reasons = faultsOfObject(resolved, key, viewFaults).map(({ field, message }) => ({ field, message }))
      return { state: reasons.length === 0 ? 'valid' : 'invalid', reasons, views: viewsOfObject(resolved, key) }
    },
  }
}

/**
 * Changes the layer and its views. `work` changes the store, and names what it changed; `isGone`: it deleted it.
 * @throws MillraceError `invalid_request` with `fields`; `conflict`: others would not be valid any more.
 */
export async function changeLayer<T>(
  { store, dataPlane, views, acceptInvalid }: SemanticParts,
  caller: Caller,
  work: (tx: Tx, tables: readonly Table[]) => Promise<{ result: T; changed: readonly ObjectKey[]; audit: AuditEntry }>,
): Promise<T> {
  const tables = await dataPlane.tables(caller.workspace)
  const result = await store.change(authorOf(caller), async (tx) => {
    const before = await loadModel(tx, caller.workspace)
    const { result, changed, audit } = await work(tx, tables)
    const after = await loadModel(tx, caller.workspace)
    const resolved = await resolveInTurns(after, tables)
    if (resolved.faults.hasSome) {
      const was = await resolveInTurns(before, tables)
      refuseBroken(was, resolved, after, new Set(changed), acceptInvalid)
    }
    return { result, audit }
  })
  // What becomes of the views is told with the object: the change stands.
  await views.refresh(caller.workspace)
  return result
}

function refuseBroken(
  before: Resolved,
  after: Resolved,
  model: SemanticModel,
  changed: ReadonlySet<ObjectKey>,
  acceptInvalid: SemanticParts['acceptInvalid'],
): void {
  const accept = (key: ObjectKey, faults: readonly Fault[]): readonly Fault[] => {
    if (acceptInvalid === undefined) return faults
    const accepted = faults.filter(({ isTaken }) => !isTaken)
    for (const { message } of accepted) acceptInvalid(`${nameOf(key, model)} is not valid yet: ${message}`)
    return faults.filter(({ isTaken }) => isTaken)
  }
  const own: Fault[] = [...changed].flatMap((key) => [
    ...accept(key, after.faults.of(key)),
    ...newOnes(after.faults.clashesOf(key), before.faults.clashesOf(key)),
  ])
  if (own.length > 0) {
    const code = own.every(({ isTaken }) => isTaken) ? 'conflict' : 'invalid_request'
    throw new MillraceError(code, own.map(({ message }) => message).join('. '), {
      fields: own.map(({ field, message }) => ({ field, message })),
    })
  }
  const broken = [...after.faults.entries()].filter(
    ([key, faults]) => !changed.has(key) && accept(key, newOnes(faults, before.faults.of(key))).length > 0,
  )
  if (broken.length === 0) return
  const users = broken.map(([key]) => nameOf(key, model))
  throw new MillraceError('conflict', `It is in use: ${users.slice(0, 10).join(', ')} would not be valid any more`, {
    hint: 'Change or delete those first.',
  })
}

function newOnes(faults: readonly Fault[], before: readonly Fault[]): readonly Fault[] {
  return faults.filter(
    (fault) => !before.some(({ field, message }) => field === fault.field && message === fault.message),
  )
}

/** For a person: `the pattern Region`. */
function nameOf(key: ObjectKey, model: SemanticModel): string {
  const at = key.indexOf(':')
  const [kind, id] = [key.slice(0, at), key.slice(at + 1)]
  if (kind === 'column') return `the column ${(JSON.parse(id) as string[]).join('.')}`
  const objects = [...model.patterns, ...model.harmonisedDimensions, ...model.calculatedMeasurements]
  return `the ${kind.replace('-', ' ')} ${objects.find((object) => object.id === id)?.name ?? id}`
}
