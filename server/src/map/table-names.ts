/** Event types to table names, by the rules of columns: unique in the workspace, and never changed again. */
import { fitWord, freeName, nameFault } from './sql-name.ts'

/** A name for a new event type's table; `taken` are the folds (`foldName`) of the tables there are. */
export function nameTable(eventType: string, taken: ReadonlySet<string>): string {
  return freeName({ wanted: fitWord(eventType), identity: eventType, reservedPrefixes, reservedNames }, taken)
}

const reservedPrefixes = [
  '_mr_',
  '_millrace',
  'pg_',
  'sqlite_',
  'duckdb_',
  'information_schema',
  'semantic_',
  'harmonised_',
]
const reservedNames = new Set<string>()

/** Why a name that a person chose cannot be a new table's; undefined where it can. */
export function tableNameFault(name: string): string | undefined {
  return nameFault(name, { reservedPrefixes, reservedNames })
}
