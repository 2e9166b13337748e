/**
 * Paths to column names. The keys' words joined by `_`; of several new paths that want the same name the one with the fewest keys
 * gets it, then the first in order (`comparePaths`); the others get a hash of their path. A name once given stays: so names depend
 * neither on the order of fields nor on a restart.
 */
import { comparePaths, type FieldPath, pathKey } from './field-path.ts'
import { fitWord, foldName, freeName, nameFault } from './sql-name.ts'

/** Columns that every mapped table has, before all others. */
export const systemColumns = ['_id', '_time', '_received_at', '_input', '_event_type'] as const

/**
 * Columns behind the system's, of rows that went through users' code and of those that a source fetched by dates: only tables that
 * hold such rows have them.
 */
export const traceColumns = ['_transform_version', '_parent_id', '_source', '_day', '_last_day'] as const

/** The column of what has none: an object from paths (`pathText`) to values. */
export const restColumn = '_rest'

/** Names for new fields, beside those of the columns that are there already; by path, in the order of `comparePaths`. */
export function nameColumns(
  paths: readonly FieldPath[],
  columns: readonly string[],
): { path: FieldPath; column: string }[] {
  const taken = new Set([...reservedNames, ...columns].map(foldName))
  return paths.toSorted(comparePaths).map((path) => {
    const wanted = path.map(fitWord).join('_').normalize('NFC')
    const column = freeName({ wanted, identity: pathKey(path), reservedPrefixes, reservedNames }, taken)
    taken.add(foldName(column))
    return { path, column }
  })
}

const reservedPrefixes = ['_mr_', '_millrace']
const reservedNames: ReadonlySet<string> = new Set([...systemColumns, ...traceColumns, restColumn])

/** Why a name that a person chose cannot be a new column's; undefined where it can. */
export function columnNameFault(name: string): string | undefined {
  return nameFault(name, { reservedPrefixes, reservedNames })
}
