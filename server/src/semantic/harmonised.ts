/** Which harmonised dimensions can be had, and what each is in each table. */
import type { ColumnType, Table } from '../rows.ts'
import { circlesIn } from './cycles.ts'
import { type Faults, keyOf } from './faults.ts'
import type { HarmonisedDimension, Pattern, PatternSource } from './model.ts'
import { derivedNameFault, viewOfHarmonised } from './names.ts'
import { placeFault, type ResolvedPatterns, useFault } from './patterns.ts'

export interface ResolvedHarmonised {
  readonly dimension: HarmonisedDimension
  readonly view: string
  /** That of its columns, where all have the same; text otherwise. */
  readonly type: ColumnType
  /** By table: what it is there. */
  readonly sources: ReadonlyMap<string, PatternSource>
}

/** Those without a fault, by id. */
export function resolveHarmonised(
  dimensions: readonly HarmonisedDimension[],
  {
    tables,
    patterns,
    sound,
  }: { tables: ReadonlyMap<string, Table>; patterns: ReadonlyMap<string, Pattern>; sound: ResolvedPatterns },
  faults: Faults,
): ReadonlyMap<string, ResolvedHarmonised> {
  const byId = new Map(dimensions.map((dimension) => [dimension.id, dimension]))
  refuseNames(dimensions, faults)
  refuseCircles(byId, faults)
  const resolved = new Map<string, ResolvedHarmonised | undefined>()
  const resolve = (dimension: HarmonisedDimension): ResolvedHarmonised | undefined => {
    const key = keyOf('harmonised-dimension', dimension.id)
    if (resolved.has(dimension.id)) return resolved.get(dimension.id)
    resolved.set(dimension.id, undefined)
    if (faults.has(key)) return undefined
    const sources = new Map<string, PatternSource>()
    for (const [index, member] of dimension.members.entries()) {
      const field = `members.${index}`
      const found = 'harmonisedDimension' in member ? nested(member.harmonisedDimension) : own(member)
      if (typeof found === 'string') faults.add(key, field, found)
      else
        for (const source of found) {
          if (sources.has(source.table)) faults.add(key, field, `It has another member in the table ${source.table}`)
          sources.set(source.table, source)
        }
    }
    if (faults.has(key)) return undefined
    resolved.set(dimension.id, {
      dimension,
      view: viewOfHarmonised(dimension.name),
      type: commonType([...sources.values()], tables),
      sources,
    })
    return resolved.get(dimension.id)
  }
  const own = (member: PatternSource): string | PatternSource[] =>
    placeFault(member, tables) ??
    ('pattern' in member
      ? useFault(patterns.get(member.pattern), member.pattern, member.table, ({ id }) => sound.has(id))
      : undefined) ?? [member]
  const nested = (id: string): string | PatternSource[] => {
    const other = byId.get(id)
    if (other === undefined) return `There is no harmonised dimension ${id}`
    const found = resolve(other)
    if (found === undefined) return `The harmonised dimension ${other.name} cannot be had: it has a fault itself`
    return [...found.sources.values()]
  }
  return new Map(
    dimensions.flatMap((dimension) => {
      const found = resolve(dimension)
      return found === undefined ? [] : [[dimension.id, found]]
    }),
  )
}

function commonType(sources: readonly PatternSource[], tables: ReadonlyMap<string, Table>): ColumnType {
  const types = new Set(
    sources.map((source): ColumnType => {
      if (!('column' in source)) return 'VARCHAR'
      return tables.get(source.table)!.columns.find(({ name }) => name === source.column)!.type
    }),
  )
  const [type = 'VARCHAR'] = types
  return types.size === 1 && type !== 'JSON' ? type : 'VARCHAR'
}

function refuseNames(dimensions: readonly HarmonisedDimension[], faults: Faults): void {
  const views = new Map<string, string>()
  for (const { id, name } of dimensions) {
    const key = keyOf('harmonised-dimension', id)
    const fault = derivedNameFault(name)
    if (fault !== undefined) faults.add(key, 'name', fault)
    const view = viewOfHarmonised(name)
    const other = views.get(view)
    if (other === undefined) views.set(view, name)
    else faults.addTaken(key, `Its view would have the name of that of ${other}, ${view}`)
  }
}

function refuseCircles(dimensions: ReadonlyMap<string, HarmonisedDimension>, faults: Faults): void {
  const next = new Map(
    [...dimensions.values()].map(({ id, members }) => [
      id,
      members.flatMap((member) => ('harmonisedDimension' in member ? [member.harmonisedDimension] : [])),
    ]),
  )
  for (const [id, circle] of circlesIn(next)) {
    const names = circle.map((one) => dimensions.get(one)!.name).join(' → ')
    faults.add(keyOf('harmonised-dimension', id), 'members', `It leads back to itself: ${names}`)
  }
}
