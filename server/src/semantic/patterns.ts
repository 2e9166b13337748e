/** Which patterns can be had, and from what in each table. */
import type { Column, Table } from '../rows.ts'
import { circlesIn } from './cycles.ts'
import { type Faults, keyOf } from './faults.ts'
import { type Pattern, type PatternSource, semanticLimits } from './model.ts'
import { derivedNameFault, suggestion } from './names.ts'
import { lookupCharsOf, patternsOf, ruleFaults } from './rules.ts'
import { foldName } from './sql.ts'

/** Those without a fault, by id. */
export type ResolvedPatterns = ReadonlyMap<string, Pattern>

export function resolvePatterns(
  patterns: readonly Pattern[],
  tables: ReadonlyMap<string, Table>,
  faults: Faults,
): ResolvedPatterns {
  const byId = new Map(patterns.map((pattern) => [pattern.id, pattern]))
  for (const pattern of patterns) checkAlone(pattern, tables, faults)
  refuseCircles(byId, faults)
  const sound = new Map<string, boolean>()
  /** Faults of what it uses are its own. Circles are broken already. */
  const isSound = (pattern: Pattern): boolean => {
    const known = sound.get(pattern.id)
    if (known !== undefined) return known
    sound.set(pattern.id, !faults.has(keyOf('pattern', pattern.id)))
    if (sound.get(pattern.id)) checkUses(pattern, byId, isSound, faults)
    sound.set(pattern.id, !faults.has(keyOf('pattern', pattern.id)))
    return sound.get(pattern.id)!
  }
  return new Map(patterns.filter(isSound).map((pattern) => [pattern.id, pattern]))
}

/** From what a pattern derives its value in a table; undefined where it does not. */
export function sourceIn({ sources }: Pick<Pattern, 'sources'>, table: string): PatternSource | undefined {
  return sources.find((source) => source.table === table)
}

/** Why the values of a column are no texts; undefined where they are. */
export function textFault(table: string, { name, type }: Column): string | undefined {
  return type === 'VARCHAR' || type === 'JSON' ? undefined : `${table}.${name} is a ${type}: patterns are of texts`
}

function checkAlone(pattern: Pattern, tables: ReadonlyMap<string, Table>, faults: Faults): void {
  const key = keyOf('pattern', pattern.id)
  const nameFault = derivedNameFault(pattern.name)
  if (nameFault !== undefined) faults.add(key, 'name', nameFault)
  for (const { field, message } of ruleFaults(pattern.rule, tables)) faults.add(key, field, message)
  const seen = new Set<string>()
  for (const [index, source] of pattern.sources.entries()) {
    const field = `sources.${index}`
    const fault = seen.has(source.table)
      ? `It has another source in the table ${source.table}`
      : placeFault(source, tables, textFault)
    if (fault !== undefined) faults.add(key, field, fault)
    seen.add(source.table)
  }
}

/** What is wrong with a table and a column of it. */
export function placeFault(
  place: PatternSource,
  tables: ReadonlyMap<string, Table>,
  columnFault: (table: string, column: Column) => string | undefined = () => undefined,
): string | undefined {
  const table = tables.get(place.table)
  if (table === undefined) return `There is no table ${place.table}${suggestion(place.table, tables.keys())}`
  if (!('column' in place)) return undefined
  const column = table.columns.find(({ name }) => name === place.column)
  if (column !== undefined) return columnFault(place.table, column)
  const names = table.columns.map(({ name }) => name)
  return `The table ${place.table} has no column ${place.column}${suggestion(place.column, names)}`
}

function refuseCircles(patterns: ReadonlyMap<string, Pattern>, faults: Faults): void {
  const next = new Map([...patterns.values()].map((pattern) => [pattern.id, usedBy(pattern).map(({ id }) => id)]))
  for (const [id, circle] of circlesIn(next)) {
    const names = circle.map((one) => patterns.get(one)!.name).join(' → ')
    faults.add(keyOf('pattern', id), 'rule', `It leads back to itself: ${names}`)
  }
}

function usedBy({ rule, sources }: Pattern): { id: string; field: string; table: string | null }[] {
  return [
    ...patternsOf(rule).map((id) => ({ id, field: 'rule', table: null })),
    ...sources.flatMap((source, index) =>
      'pattern' in source ? [{ id: source.pattern, field: `sources.${index}`, table: source.table }] : [],
    ),
  ]
}

function checkUses(
  pattern: Pattern,
  patterns: ReadonlyMap<string, Pattern>,
  isSound: (pattern: Pattern) => boolean,
  faults: Faults,
): void {
  for (const { id, field, table } of usedBy(pattern)) {
    const fault = useFault(patterns.get(id), id, table, isSound)
    if (fault !== undefined) faults.add(keyOf('pattern', pattern.id), field, fault)
  }
}

/** What is wrong with using a pattern, in a table where that matters. */
export function useFault(
  used: Pattern | undefined,
  id: string,
  table: string | null,
  isSound: (pattern: Pattern) => boolean,
): string | undefined {
  if (used === undefined) return `There is no pattern ${id}`
  if (!isSound(used)) return `The pattern ${used.name} cannot be had: it has a fault itself`
  if (table !== null && sourceIn(used, table) === undefined)
    return `The pattern ${used.name} has no source in the table ${table}`
  return undefined
}

/** What is wrong with all of them together. */
export function refuseTooManyEntries(patterns: readonly Pattern[], faults: Faults): void {
  let chars = 0
  for (const { id, rule } of patterns) {
    chars += lookupCharsOf(rule)
    if (chars > semanticLimits.lookupCharsMax)
      faults.add(
        keyOf('pattern', id),
        'rule',
        `All lookups of a workspace have at most ${semanticLimits.lookupCharsMax} characters: use a table`,
      )
  }
}

/** Objects of one kind have names of their own. The one that was there first keeps it. */
export function refuseSameNames(
  kind: Parameters<typeof keyOf>[0],
  objects: readonly { readonly id: string; readonly name: string }[],
  faults: Faults,
): void {
  const taken = new Map<string, string>()
  for (const { id, name } of objects) {
    const other = taken.get(foldName(name))
    if (other === undefined) taken.set(foldName(name), name)
    else faults.addTaken(keyOf(kind, id), `There is a ${kind.replace('-', ' ')} ${other} already`)
  }
}
