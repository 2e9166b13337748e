/** What columns are called in a table's view: what is derived keeps its name, a column has its display name or its own. */
import type { SemanticColumn } from './columns.ts'
import type { Derived, ResolvedTable } from './resolve.ts'
import { foldName } from './sql.ts'

/** By the columns' own names. A column that a harmonised dimension of the same name stands for is not there twice: null. */
export function viewNames({ columns, derived }: ResolvedTable): Map<string, string | null> {
  const taken = new Set(derived.map(({ name }) => foldName(name)))
  const names = new Map<string, string | null>()
  const named = (column: SemanticColumn) => column.displayName ?? column.name
  // Display names first: somebody chose them.
  const ordered = [...columns].sort(
    (one, other) => Number(one.displayName === null) - Number(other.displayName === null),
  )
  for (const column of ordered) {
    const isShown = !derived.some((one) => standsFor(one, column, named(column)))
    names.set(column.name, isShown ? free(named(column), taken) : null)
  }
  return names
}

function standsFor(derived: Derived, column: SemanticColumn, shown: string): boolean {
  if (!('source' in derived) || !('column' in derived.source)) return false
  return (
    derived.kind === 'harmonised-dimension' &&
    derived.source.column === column.name &&
    foldName(derived.name) === foldName(shown)
  )
}

function free(wanted: string, taken: Set<string>): string {
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? wanted : `${wanted}_${attempt}`
    if (taken.has(foldName(name))) continue
    taken.add(foldName(name))
    return name
  }
}
