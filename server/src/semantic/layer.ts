/**
 * A whole layer as one object in which names stand for ids: what configuration as code keeps. Lists are in the order of their names,
 * and nothing in it changes by itself, so that two can be compared.
 */
import { MillraceError } from '../errors.ts'
import type {
  CalculatedMeasurement,
  ColumnSetting,
  HarmonisedDimension,
  HarmonisedMember,
  Pattern,
  PatternRule,
  PatternSource,
  SemanticKind,
  SemanticModel,
} from './model.ts'
import { suggestion } from './names.ts'
import { foldName } from './sql.ts'

/** As in the model, but `pattern` and `harmonisedDimension` are names. */
export interface SemanticLayer {
  readonly dimensions: readonly ColumnSetting[]
  readonly patterns: readonly Omit<Pattern, 'id'>[]
  readonly harmonisedDimensions: readonly Omit<HarmonisedDimension, 'id'>[]
  readonly calculatedMeasurements: readonly Omit<CalculatedMeasurement, 'id'>[]
}

export function layerOf(model: SemanticModel): SemanticLayer {
  const patterns = new Map(model.patterns.map(({ id, name }) => [id, name]))
  const harmonised = new Map(model.harmonisedDimensions.map(({ id, name }) => [id, name]))
  const rename: Rename = {
    pattern: (id) => patterns.get(id) ?? id,
    harmonised: (id) => harmonised.get(id) ?? id,
  }
  return {
    dimensions: inOrder(model.columns, ({ table, column }) => JSON.stringify([table, column])),
    patterns: inOrder(model.patterns.map(withoutId), nameOf).map((pattern) => patternIn(pattern, rename)),
    harmonisedDimensions: inOrder(model.harmonisedDimensions.map(withoutId), nameOf).map(({ name, members }) => ({
      name,
      members: members.map((member) => memberIn(member, rename)),
    })),
    calculatedMeasurements: inOrder(model.calculatedMeasurements.map(withoutId), nameOf),
  }
}

/**
 * The model that a layer is. What a workspace has of the same kind and name keeps its id; the others get new ones.
 * @throws MillraceError `invalid_request` with `fields`: a name stands for nothing, or twice.
 */
export function modelOf(layer: SemanticLayer, present: SemanticModel, newId: () => string): SemanticModel {
  const fields: { field: string; message: string }[] = []
  const idsOf = (list: keyof SemanticLayer & keyof SemanticModel): Map<string, string> => {
    const before = new Map(present[list].map(({ id, name }) => [foldName(name), id]))
    const ids = new Map<string, string>()
    for (const [index, { name }] of layer[list].entries()) {
      if (ids.has(foldName(name))) fields.push({ field: `${list}.${index}.name`, message: `${name} is there twice` })
      ids.set(foldName(name), before.get(foldName(name)) ?? newId())
    }
    return ids
  }
  const [patterns, harmonised, calculated] = [
    idsOf('patterns'),
    idsOf('harmonisedDimensions'),
    idsOf('calculatedMeasurements'),
  ]
  const finder = (field: string): Rename => {
    const find = (ids: Map<string, string>, noun: string) => (name: string) => {
      const id = ids.get(foldName(name))
      if (id === undefined)
        fields.push({ field, message: `There is no ${noun} ${name}${suggestion(name, ids.keys())}` })
      return id ?? name
    }
    return { pattern: find(patterns, 'pattern'), harmonised: find(harmonised, 'harmonised dimension') }
  }
  const model: SemanticModel = {
    columns: layer.dimensions,
    patterns: layer.patterns.map((pattern, index) => ({
      id: patterns.get(foldName(pattern.name))!,
      ...patternIn(pattern, finder(`patterns.${index}`)),
    })),
    harmonisedDimensions: layer.harmonisedDimensions.map(({ name, members }, index) => ({
      ...{ id: harmonised.get(foldName(name))!, name },
      members: members.map((member) => memberIn(member, finder(`harmonisedDimensions.${index}.members`))),
    })),
    calculatedMeasurements: layer.calculatedMeasurements.map((one) => ({
      id: calculated.get(foldName(one.name))!,
      ...one,
    })),
  }
  if (fields.length === 0) return model
  throw new MillraceError('invalid_request', fields.map(({ message }) => message).join('. '), { fields })
}

export interface LayerChange {
  readonly action: 'create' | 'update' | 'delete'
  readonly kind: SemanticKind
  readonly id: string
  readonly name: string
}

/** What makes one model of another, columns aside. */
export function changesBetween(before: SemanticModel, after: SemanticModel): LayerChange[] {
  const kinds = [
    ['pattern', 'patterns'],
    ['harmonised-dimension', 'harmonisedDimensions'],
    ['calculated-measurement', 'calculatedMeasurements'],
  ] as const
  return kinds.flatMap(([kind, list]) => {
    const present = new Map(before[list].map((object) => [object.id, object]))
    const wanted = new Set(after[list].map(({ id }) => id))
    const gone = before[list].filter(({ id }) => !wanted.has(id))
    const changed = after[list].flatMap((object): LayerChange[] => {
      const { id, name } = object
      const there = present.get(id)
      if (there === undefined) return [{ action: 'create', kind, id, name }]
      return canonical(there) === canonical(object) ? [] : [{ action: 'update', kind, id, name }]
    })
    return [...changed, ...gone.map(({ id, name }): LayerChange => ({ action: 'delete', kind, id, name }))]
  })
}

interface Rename {
  readonly pattern: (reference: string) => string
  readonly harmonised: (reference: string) => string
}

function patternIn(
  { name, sources, rule, default: otherwise }: Omit<Pattern, 'id'>,
  rename: Rename,
): Omit<Pattern, 'id'> {
  const renamed = sources.map((source) => memberIn(source, rename) as PatternSource)
  return { name, sources: renamed, rule: ruleIn(rule, rename), default: otherwise }
}

function ruleIn(rule: PatternRule, rename: Rename): PatternRule {
  if (rule.kind === 'pattern') return { ...rule, pattern: rename.pattern(rule.pattern) }
  return rule.kind === 'first' ? { ...rule, rules: rule.rules.map((one) => ruleIn(one, rename)) } : rule
}

function memberIn(member: HarmonisedMember, rename: Rename): HarmonisedMember {
  if ('harmonisedDimension' in member) return { harmonisedDimension: rename.harmonised(member.harmonisedDimension) }
  return 'pattern' in member ? { table: member.table, pattern: rename.pattern(member.pattern) } : member
}

function withoutId<T extends { readonly id: string }>({ id: _, ...rest }: T): Omit<T, 'id'> {
  return rest
}

function nameOf({ name }: { readonly name: string }): string {
  return name
}

/** By code units, in which no locale of a machine plays a part. */
function inOrder<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...items].sort((one, other) => Number(keyOf(one) > keyOf(other)) - Number(keyOf(one) < keyOf(other)))
}

/** The same text for what is the same, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}
