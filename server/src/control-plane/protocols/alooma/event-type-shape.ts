/** An event type as get_event_type tells it (ALOOMA-13, 14): the mapping as a tree of fields, and what was seen in samples. */

import type { MappingMode } from '../../../mappings.ts'
import { columnTypeOf } from './column-types.ts'
import type { MappedField, NativeMapping } from './mapping-draft.ts'
import type { SaidMapping } from './read-mapping.ts'
import { defaultSchema, isAlike, placeOf } from './schemas.ts'
import type { SeenFields } from './seen-fields.ts'

export interface AloomaField {
  readonly fieldName: string
  readonly fields: AloomaField[]
  readonly mapping: Readonly<Record<string, unknown>> | null
  readonly stats: { readonly count: number; readonly samples: readonly unknown[] } | null
}

export interface KnownEventType {
  readonly name: string
  /** Undefined where there is none yet. */
  readonly mapping: NativeMapping | undefined
  readonly said: Partial<SaidMapping>
  readonly seen: SeenFields
  readonly defaultMode: MappingMode
  readonly outputId: string
  /** That tables lie in. */
  readonly schemas: readonly string[]
}

export function eventTypeOf(known: KnownEventType): Record<string, unknown> {
  return { ...summaryOf(known), fields: fieldsOf(known) }
}

/** Without `fields`, as the list has it (ALOOMA-12). */
export function summaryOf(known: KnownEventType): Record<string, unknown> {
  const { name, mapping, said, seen, defaultMode, outputId, schemas } = known
  const place = mapping && !mapping.isDiscarded ? placeOf(mapping.table, schemas) : undefined
  const isAsSaid = place !== undefined && isAlike(place.tableName, said.tableName ?? '')
  return {
    name,
    mappingMode: mapping?.effectiveMode ?? defaultMode,
    usingDefaultMappingMode: mapping?.mode === undefined,
    state: stateOf(known),
    origInputLabel: seen.inputLabel,
    mapping: {
      isDiscarded: mapping?.isDiscarded ?? false,
      tableName: isAsSaid ? said.tableName : (place?.tableName ?? ''),
      schema: place?.schemaName ?? said.schema ?? defaultSchema,
      outputHint: said.outputHint ?? null,
      outputId,
      readOnly: said.readOnly ?? false,
    },
    consolidation: said.consolidation ?? {
      consolidatedSchema: null,
      consolidatedTableName: null,
      consolidationKeys: [],
      viewSchema: null,
    },
    stats: { count: mapping?.rowCount ?? seen.eventCount },
    schemaUrls: [],
    inputObjects: seen.inputId === null ? {} : { [seen.inputId]: [name] },
    autoMappingError: null,
  }
}

/** What is in `_metadata` need not be mapped. */
function stateOf({ mapping, seen }: KnownEventType): 'MAPPED' | 'UNMAPPED' | 'PARTIALLY_MAPPED' | 'DISCARDED' {
  if (mapping === undefined) return 'UNMAPPED'
  if (mapping.isDiscarded) return 'DISCARDED'
  const known = [...mapping.fields.map(({ path }) => path), ...mapping.discarded]
  const isKnown = (path: readonly string[]) => known.some((of) => isWithin(path, of) || isWithin(of, path))
  const data = [...seen.leaves.values()].filter(({ path }) => path[0] !== '_metadata')
  if (mapping.fields.length === 0) return data.length === 0 && mapping.discarded.length > 0 ? 'MAPPED' : 'UNMAPPED'
  return data.every(({ path }) => isKnown(path)) ? 'MAPPED' : 'PARTIALLY_MAPPED'
}

function isWithin(path: readonly string[], above: readonly string[]): boolean {
  return path.length >= above.length && above.every((name, depth) => path[depth] === name)
}

interface Growing {
  readonly path: readonly string[]
  readonly children: Map<string, Growing>
  mapped?: MappedField
  isDiscarded?: boolean
}

function fieldsOf({ mapping, said, seen }: KnownEventType): AloomaField[] {
  const root: Growing = { path: [], children: new Map() }
  for (const field of mapping?.fields ?? []) growTo(root, field.path).mapped = field
  for (const path of mapping?.discarded ?? []) growTo(root, path).isDiscarded = true
  for (const { path } of seen.leaves.values()) growTo(root, path)
  const shown = ({ path, children, mapped, isDiscarded }: Growing): AloomaField => ({
    fieldName: path.at(-1)!,
    fields: [...children.values()].map(shown),
    mapping: mapped ? mappedOf(mapped, said) : isDiscarded ? discarded : null,
    stats: statsOf(seen, path),
  })
  return [...root.children.values()].map(shown)
}

const discarded = { columnName: '', columnType: null, isDiscarded: true, machineGenerated: false, subFields: null }

function mappedOf(field: MappedField, said: Partial<SaidMapping>): Record<string, unknown> {
  const before = said.columns?.[JSON.stringify(field.path)]
  const isAsSaid = before !== undefined && isAlike(before.columnName, field.column)
  return {
    columnName: isAsSaid ? before.columnName : field.column,
    columnType: columnTypeOf(field, before?.columnType),
    isDiscarded: false,
    machineGenerated: field.isAuto || before?.isAuto === true,
    subFields: null,
  }
}

function statsOf({ leaves }: SeenFields, path: readonly string[]): AloomaField['stats'] {
  const leaf = leaves.get(JSON.stringify(path))
  return leaf ? { count: leaf.count, samples: leaf.values } : null
}

function growTo(root: Growing, path: readonly string[]): Growing {
  let place = root
  for (const [depth, name] of path.entries()) {
    const child = place.children.get(name) ?? { path: path.slice(0, depth + 1), children: new Map() }
    place.children.set(name, child)
    place = child
  }
  return place
}
