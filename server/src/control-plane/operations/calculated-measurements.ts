/** Calculated measurements: formulas over measurements, and the SQL that they are. */
import type { CalculatedMeasurement } from '../../semantic/model.ts'
import { viewOfTable } from '../../semantic/names.ts'
import { quoteName } from '../../semantic/sql.ts'
import { aggregateSql } from '../../semantic/table-sql.ts'
import { viewNames } from '../../semantic/view-names.ts'
import { operation } from './operation.ts'
import { layerNow, type SemanticParts } from './semantic-changes.ts'
import { semanticObjectOperations } from './semantic-objects.ts'

export type CalculatedDefinition = Omit<CalculatedMeasurement, 'id' | 'name'>

export interface CalculatedInView {
  readonly table: string
  readonly view: string
  /** Its column in the view; null where only many rows have a value of it. */
  readonly column: string | null
  /** For a SELECT from the view, with or without GROUP BY; null where only a row has a value of it. */
  readonly aggregate: string | null
}

export function calculatedMeasurementOperations(parts: SemanticParts) {
  const objects = semanticObjectOperations<CalculatedDefinition>(parts, { kind: 'calculated-measurement' })
  return {
    ...objects,

    /** How it is asked for in SQL, in each table that has it. @throws MillraceError `not_found`. */
    sql: operation('semantic:read', async (caller, id: string): Promise<CalculatedInView[]> => {
      await objects.get(caller, id)
      const { resolved } = await layerNow(parts, caller.workspace)
      const found = resolved.calculated.get(id)
      if (found === undefined) return []
      return [...found.tables].map(([name, { level }]) => {
        const table = resolved.tables.get(name)!
        const names = viewNames(table)
        const columnSql = (column: string) => quoteName(names.get(column) ?? column)
        return {
          table: name,
          view: viewOfTable(name),
          column: level === 'rows' ? null : found.measurement.name,
          aggregate: aggregateSql(resolved, table, id, columnSql),
        }
      })
    }),
  }
}
