/** The whole semantic layer of a workspace at once: as configuration as code reads it and sets it, all of it or nothing. */
import { MillraceError } from '../../errors.ts'
import { keyOf, keyOfColumn } from '../../semantic/faults.ts'
import { changesBetween, type LayerChange, layerOf, modelOf, type SemanticLayer } from '../../semantic/layer.ts'
import { type ColumnSetting, type SemanticModel, semanticLimits } from '../../semantic/model.ts'
import type { Tx } from '../store/schema.ts'
import {
  countObjects,
  deleteColumn,
  deleteObject,
  findObject,
  insertObject,
  loadModel,
  putColumn,
  updateObject,
} from '../store/semantic.ts'
import { operation } from './operation.ts'
import { changeLayer, type SemanticParts } from './semantic-changes.ts'
import { checkExpressions } from './semantic-expressions.ts'

export function semanticLayerOperations(parts: SemanticParts) {
  const { store, dataPlane } = parts
  return {
    /** Names stand for ids. */
    export: operation('semantic:read', async (caller) => layerOf(await loadModel(store.db, caller.workspace))),

    /**
     * Makes the layer what is given: what is not in it is deleted.
     * @returns what was changed, columns aside. @throws MillraceError `invalid_request` with `fields`; `conflict`: a name is taken.
     */
    apply: operation('semantic:write', async (caller, layer: SemanticLayer): Promise<LayerChange[]> => {
      refuseTooMany(layer)
      for (const { rule } of layer.patterns) await checkExpressions(dataPlane, caller.workspace, rule)
      return changeLayer(parts, caller, async (tx) => {
        const before = await loadModel(tx, caller.workspace)
        let next = Math.max(store.now(), Number((await countObjects(tx, caller.workspace)).lastId ?? 0) + 1)
        const after = modelOf(layer, before, () => String(next++))
        const changes = changesBetween(before, after)
        await write(tx, caller.workspace, { before, after, changes, now: store.now() })
        const detail = { changes: changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`).slice(0, 100) }
        const audit = {
          workspaceId: caller.workspace,
          action: 'semantic-layer.applied',
          object: caller.workspace,
          detail,
        }
        const changed = [
          ...changes.filter(({ action }) => action !== 'delete').map(({ kind, id }) => keyOf(kind, id)),
          ...changedColumns(before, after).map(({ table, column }) => keyOfColumn(table, column)),
        ]
        return { result: changes, changed, audit }
      })
    }),
  }
}

function refuseTooMany({ patterns, harmonisedDimensions, calculatedMeasurements }: SemanticLayer): void {
  const count = patterns.length + harmonisedDimensions.length + calculatedMeasurements.length
  if (count <= semanticLimits.objectsMax) return
  const message = `A workspace has at most ${semanticLimits.objectsMax} patterns, harmonised dimensions and calculated measurements, not ${count}`
  throw new MillraceError('invalid_request', message)
}

function changedColumns(before: SemanticModel, after: SemanticModel): readonly ColumnSetting[] {
  const said = ({ table, column, role, displayName, aggregation }: ColumnSetting) =>
    JSON.stringify([table, column, role, displayName, aggregation])
  const there = new Set(before.columns.map(said))
  return after.columns.filter((setting) => !there.has(said(setting)))
}

interface Writing {
  readonly before: SemanticModel
  readonly after: SemanticModel
  readonly changes: readonly LayerChange[]
  readonly now: number
}

async function write(tx: Tx, workspaceId: string, { before, after, changes, now }: Writing): Promise<void> {
  for (const { table, column } of before.columns)
    await deleteColumn(tx, { workspaceId, tableName: table, columnName: column })
  for (const { table, column, ...said } of after.columns)
    await putColumn(tx, { workspaceId, tableName: table, columnName: column, ...said })
  const wanted = new Map(
    [...after.patterns, ...after.harmonisedDimensions, ...after.calculatedMeasurements].map((one) => [one.id, one]),
  )
  for (const { action, kind, id } of changes) {
    const present = await findObject(tx, workspaceId, kind, id)
    if (action === 'delete') {
      await deleteObject(tx, present!)
      continue
    }
    const { id: _, name, ...definition } = wanted.get(id)!
    const values = { name, definition: JSON.stringify(definition), updatedAt: now }
    if (present === undefined) await insertObject(tx, { workspaceId, id, kind, version: 1, createdAt: now, ...values })
    else await updateObject(tx, { ...present, ...values, version: present.version + 1 })
  }
}
