/** Which table a changed mapping fills: the one named, the one it has, or one named after its event type. */

import type { MappingMode } from '../../mappings.ts'
import { mapLimits } from '../limits.ts'
import type { Mapping } from '../mapping.ts'
import type { Mappings } from '../mappings.ts'
import { foldName } from '../sql-name.ts'
import { nameTable, tableNameFault } from '../table-names.ts'
import type { MappingChange } from './change.ts'

interface TableChoice {
  readonly eventType: string
  readonly change: MappingChange
  readonly present: Mapping | undefined
  readonly hasColumns: boolean
  readonly mappings: Mappings
  readonly defaultMode: MappingMode
  readonly complain: (field: 'table', message: string) => void
}

/** Empty where the first rows will name it. */
export function chooseTable(choice: TableChoice): string {
  const { eventType, change, present, hasColumns, mappings, defaultMode, complain } = choice
  const wanted = change.table ?? ''
  if (wanted !== '') return namedTable(wanted, choice)
  const mode = change.mode === undefined || change.usesDefaultMode ? defaultMode : change.mode
  if (mode !== 'AUTO_MAP' && !change.isDiscarded) complain('table', `a table is needed under ${mode}`)
  if (present && present.table !== '' && !mappings.isReserved(present.table)) return present.table
  return hasColumns ? nameTable(eventType, mappings.tableNames()) : ''
}

/** Complains of a name that cannot be a table's. */
export function namedTable(
  wanted: string,
  { mappings, complain, present }: Pick<TableChoice, 'mappings' | 'complain' | 'present'>,
): string {
  if (mappings.isReserved(wanted)) {
    complain('table', `the table ${wanted} is made by a scheduled query`)
    return wanted
  }
  const known = tableNamesOf(mappings.all())
  const twin = known.get(foldName(wanted))
  if (twin === wanted) return wanted
  const fault = tableNameFault(wanted)
  if (twin !== undefined) complain('table', `there is a table ${twin}, the same but for its spelling`)
  else if (fault !== undefined) complain('table', fault)
  else if (known.size >= mapLimits.tablesMax && present?.table !== wanted)
    complain('table', `there are ${mapLimits.tablesMax} tables already`)
  return wanted
}

/** By folded name, those included that nothing fills any more. */
function tableNamesOf(mappings: readonly Mapping[]): Map<string, string> {
  const names = mappings.flatMap(({ table, formerTables }) => [table, ...formerTables])
  return new Map(names.filter((name) => name !== '').map((name) => [foldName(name), name]))
}
