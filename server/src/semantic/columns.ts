/** What the columns of a table are: what somebody said of them, and what is inferred where nobody did. */
import type { Column, Table } from '../rows.ts'
import { type Faults, keyOfColumn } from './faults.ts'
import type { Aggregation, ColumnSetting, Role } from './model.ts'
import { suggestion } from './names.ts'
import { inferRole, isNumber } from './roles.ts'
import { foldName } from './sql.ts'

export interface SemanticColumn extends Column {
  readonly role: Role
  /** Whether nobody said what role it has. */
  readonly isInferred: boolean
  readonly displayName: string | null
  /** Null of a dimension. */
  readonly aggregation: Aggregation | null
}

/** In the order of the table. What was said of columns that are not there is a fault of theirs. */
export function columnsOf(table: Table, settings: readonly ColumnSetting[], faults: Faults): SemanticColumn[] {
  const byColumn = new Map(settings.map((setting) => [setting.column, setting]))
  for (const { column } of settings) {
    if (table.columns.some(({ name }) => name === column)) continue
    const names = table.columns.map(({ name }) => name)
    faults.add(
      keyOfColumn(table.name, column),
      'column',
      `The table ${table.name} has no column ${column}${suggestion(column, names)}`,
    )
  }
  const columns = table.columns.map((column) => semanticColumn(table, column, byColumn.get(column.name), faults))
  refuseSameNames(table, columns, faults)
  return columns
}

function semanticColumn(
  table: Table,
  column: Column,
  setting: ColumnSetting | undefined,
  faults: Faults,
): SemanticColumn {
  const displayName = setting?.displayName ?? null
  let role = setting?.role ?? inferRole(column)
  if (role === 'measurement' && !isNumber(column.type)) {
    faults.add(
      keyOfColumn(table.name, column.name),
      'role',
      `${column.name} is a ${column.type}: only numbers are measurements`,
    )
    role = 'dimension'
  }
  const aggregation = role === 'dimension' ? null : (setting?.aggregation ?? 'sum')
  return { ...column, role, isInferred: (setting?.role ?? null) === null, displayName, aggregation }
}

/** A display name is nobody else's. Where two columns want one, the one whose own name it is has it. */
function refuseSameNames(table: Table, columns: readonly SemanticColumn[], faults: Faults): void {
  for (const { name, displayName } of columns) {
    if (displayName === null) continue
    const other = columns.find(
      (column) =>
        column.name !== name &&
        [column.name, column.displayName].some((taken) => taken !== null && foldName(taken) === foldName(displayName)),
    )
    if (other)
      faults.add(
        keyOfColumn(table.name, name),
        'displayName',
        `The column ${other.name} is called ${displayName} already`,
      )
  }
}
