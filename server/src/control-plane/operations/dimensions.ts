/** Dimensions and measurements: what the columns of a workspace's tables are. */

import { MillraceError } from '../../errors.ts'
import { metadataTableNames } from '../../metadata-tables.ts'
import { keyOfColumn } from '../../semantic/faults.ts'
import type { Aggregation, Role } from '../../semantic/model.ts'
import { derivedNameFault } from '../../semantic/names.ts'
import type { ResolvedTable } from '../../semantic/resolve.ts'
import { viewNames } from '../../semantic/view-names.ts'
import { deleteColumn, loadModel, putColumn } from '../store/semantic.ts'
import { type Caller, operation, type Page } from './operation.ts'
import { changeLayer, type LayerNow, layerNow, type SemanticParts, type SemanticState } from './semantic-changes.ts'

export interface ShownDimension extends Omit<SemanticState, 'views'> {
  readonly table: string
  readonly column: string
  /** Of the destination. */
  readonly type: string
  readonly role: Role
  /** Whether nobody said so. */
  readonly isInferred: boolean
  readonly displayName: string | null
  /** Null of a dimension. */
  readonly aggregation: Aggregation | null
  /** What it is called in the table's view; null where a harmonised dimension stands for it. */
  readonly viewColumn: string | null
}

export interface DimensionChange {
  /** Null: as it is inferred. */
  readonly role?: Role | null | undefined
  readonly displayName?: string | null | undefined
  readonly aggregation?: Aggregation | null | undefined
}

export interface DimensionFilter {
  readonly table?: string | undefined
  readonly role?: Role | undefined
}

const ofMetadata: ReadonlySet<string> = new Set(Object.values(metadataTableNames))

export function dimensionOperations(parts: SemanticParts) {
  const get = async ({ workspace }: Caller, table: string, column: string) => {
    const layer = await layerNow(parts, workspace)
    const found = layer.resolved.tables.get(table)
    if (found === undefined) throw new MillraceError('not_found', `There is no table ${JSON.stringify(table)}`)
    const dimension = shownOf(layer, found).find((one) => one.column === column)
    if (dimension === undefined)
      throw new MillraceError('not_found', `The table ${table} has no column ${JSON.stringify(column)}`)
    return dimension
  }

  return {
    /** By table, then in the order of its columns; each known by `keyOfDimension`. Tables of metadata are nobody's events. */
    list: operation('semantic:read', async (caller, { table, role }: DimensionFilter, { limit, after }: Page) => {
      const layer = await layerNow(parts, caller.workspace)
      const tables = [...layer.resolved.tables.values()].filter(
        (one) => (table === undefined || one.table.name === table) && !ofMetadata.has(one.table.name),
      )
      const all = tables
        .flatMap((one) => shownOf(layer, one))
        .filter((one) => role === undefined || one.role === role)
        .map((one) => ({ key: keyOfDimension(one), one }))
        .sort((one, other) => (one.key < other.key ? -1 : 1))
      return all
        .filter(({ key }) => after === undefined || key > after)
        .slice(0, limit)
        .map(({ one }) => one)
    }),

    get: operation('semantic:read', get),

    /** What is given of it. @throws MillraceError `not_found`; `invalid_request` with `fields`; `conflict`. */
    update: operation('semantic:write', async (caller, table: string, column: string, change: DimensionChange) => {
      await get(caller, table, column)
      if (typeof change.displayName === 'string') refuseWrongName(change.displayName)
      await changeLayer(parts, caller, async (tx) => {
        const { columns } = await loadModel(tx, caller.workspace)
        const present = columns.find((one) => one.table === table && one.column === column)
        const { role = null, displayName = null, aggregation = null } = { ...present, ...given(change) }
        const place = { workspaceId: caller.workspace, tableName: table, columnName: column }
        if (role === null && displayName === null && aggregation === null) await deleteColumn(tx, place)
        else await putColumn(tx, { ...place, role, displayName, aggregation })
        const detail = { table, column, ...given(change) }
        const audit = {
          workspaceId: caller.workspace,
          action: 'dimension.updated',
          object: `${table}.${column}`,
          detail,
        }
        return { result: undefined, changed: [keyOfColumn(table, column)], audit }
      })
      return get(caller, table, column)
    }),

    /** Forgets what was said of a column, whether or not it is still there. Safe to repeat. @throws MillraceError `conflict`. */
    reset: operation('semantic:write', async (caller, table: string, column: string): Promise<void> => {
      await changeLayer(parts, caller, async (tx) => {
        await deleteColumn(tx, { workspaceId: caller.workspace, tableName: table, columnName: column })
        const audit = { workspaceId: caller.workspace, action: 'dimension.reset', object: `${table}.${column}` }
        return { result: undefined, changed: [], audit }
      })
    }),
  }
}

/** Its place in the list. */
export function keyOfDimension({ table, column }: Pick<ShownDimension, 'table' | 'column'>): string {
  return JSON.stringify([table, column])
}

function shownOf(layer: LayerNow, table: ResolvedTable): ShownDimension[] {
  const names = viewNames(table)
  return table.columns.map(({ name: column, type, role, isInferred, displayName, aggregation }) => {
    const { state, reasons } = layer.stateOf(keyOfColumn(table.table.name, column))
    const viewColumn = names.get(column)!
    return {
      table: table.table.name,
      column,
      type,
      role,
      isInferred,
      displayName,
      aggregation,
      viewColumn,
      state,
      reasons,
    }
  })
}

function given(change: DimensionChange): DimensionChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

function refuseWrongName(displayName: string): void {
  const fault = derivedNameFault(displayName)
  if (fault === undefined) return
  throw new MillraceError('invalid_request', fault, { fields: [{ field: 'displayName', message: fault }] })
}
