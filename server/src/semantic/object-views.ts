/** In which views each object of a layer is, and what is wrong with it, its views included. */
import { type Fault, keyOf, keyOfColumn, type ObjectKey } from './faults.ts'
import { viewOfTable } from './names.ts'
import type { Resolved } from './resolve.ts'
import { hasTotals, viewOfTotals } from './totals.ts'

export function viewsOfObject(resolved: Resolved, key: ObjectKey): readonly string[] {
  return viewsByObject(resolved).get(key) ?? []
}

/** Faults of an object's definition, then those of its views. */
export function faultsOfObject(
  resolved: Resolved,
  key: ObjectKey,
  viewFaults: ReadonlyMap<string, string>,
): readonly Fault[] {
  const views = viewsOfObject(resolved, key).filter((view) => viewFaults.has(view))
  return [
    ...resolved.faults.of(key),
    ...views.map((view) => ({ field: '', message: `The view ${view} could not be made: ${viewFaults.get(view)}` })),
  ]
}

const known = new WeakMap<Resolved, ReadonlyMap<ObjectKey, readonly string[]>>()

/** Made once for each layer: a page shows a thousand objects. */
function viewsByObject(resolved: Resolved): ReadonlyMap<ObjectKey, readonly string[]> {
  const there = known.get(resolved)
  if (there !== undefined) return there
  const views = new Map<ObjectKey, string[]>()
  const add = (key: ObjectKey, view: string) => {
    const some = views.get(key)
    if (some === undefined) views.set(key, [view])
    else if (some.at(-1) !== view) some.push(view)
  }
  for (const { table, derived, columns } of resolved.tables.values()) {
    const view = viewOfTable(table.name)
    for (const { kind, id } of derived) add(keyOf(kind, id), view)
    for (const { name } of columns) add(keyOfColumn(table.name, name), view)
  }
  for (const harmonised of resolved.harmonised.values()) {
    const key = keyOf('harmonised-dimension', harmonised.dimension.id)
    add(key, harmonised.view)
    if (hasTotals(resolved, harmonised)) add(key, viewOfTotals(harmonised.dimension.name))
  }
  known.set(resolved, views)
  return views
}
