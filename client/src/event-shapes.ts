/** What events look like, by mappings or by what was seen: as TypeScript types, as JSON Schema, and compared with what was written before. */
import type { Configuration } from './config-text.ts'
import type { SeenFields } from './event-types.ts'
import { keyText } from './typescript-text.ts'

type JsonType = 'boolean' | 'number' | 'string' | 'any'

interface FieldShape {
  readonly path: readonly string[]
  /** In order, none twice. */
  readonly types: readonly JsonType[]
  readonly isRequired?: true
}

/** By event type, in their order; fields in the order of their paths. */
export type EventShapes = ReadonlyMap<string, readonly FieldShape[]>

/** Of event types that have a mapping: of fields that have a column. */
export function mappedShapes({ eventTypes }: Pick<Configuration, 'eventTypes'>): EventShapes {
  return new Map(
    eventTypes.map(({ name, mapping }) => {
      const fields = mapping.fields as readonly MappedField[]
      const kept = fields.filter(({ type, isMetadata }) => type !== undefined && !isMetadata)
      const shapes = kept.map(({ path, type, nonNull }): FieldShape => {
        return { path, types: [jsonTypeOf(type!)], ...(nonNull && { isRequired: true as const }) }
      })
      return [name, inOrder(shapes)]
    }),
  )
}

interface MappedField {
  readonly path: readonly string[]
  readonly type?: string
  readonly nonNull?: boolean
  readonly isMetadata?: boolean
}

/** Of what came, with or without a column. */
export function seenShapes(seen: ReadonlyMap<string, SeenFields>): EventShapes {
  return new Map([...seen].map(([name, { fields }]) => [name, inOrder(shapesOf(fields))]))
}

function shapesOf(fields: SeenFields['fields']): FieldShape[] {
  return fields.flatMap(({ path, types, fields: below }) => {
    const found = [...new Set(Object.keys(types).map(jsonTypeOf))].sort()
    return [...(found.length > 0 ? [{ path, types: found }] : []), ...shapesOf(below)]
  })
}

function jsonTypeOf(columnType: string): JsonType {
  if (columnType === 'BOOLEAN') return 'boolean'
  if (columnType === 'BIGINT' || columnType === 'DOUBLE' || columnType.startsWith('DECIMAL')) return 'number'
  return columnType === 'JSON' ? 'any' : 'string'
}

function inOrder(shapes: readonly FieldShape[]): FieldShape[] {
  const keyOf = ({ path }: FieldShape) => JSON.stringify(path)
  return shapes.toSorted((one, other) => Number(keyOf(one) > keyOf(other)) - Number(keyOf(one) < keyOf(other)))
}

const mark = '// millrace types: '

/** A module that exports `Events`, for `createClient<Events>`. Its last line is what `shapesIn` reads. */
export function typesText(shapes: EventShapes): string {
  const types = [...shapes].map(([name, fields]) => `  ${keyText(name)}: ${membersText(treeOf(fields), '  ')}\n`)
  return `/** Events as Millrace knows them, for \`createClient<Events>\`. Written by \`millrace types\`; --check tells when they are others. */
export type Events = {
${types.join('')}}

${mark}${escaped(JSON.stringify(dataOf(shapes)))}
`
}

/** One schema for each event type, in \`$defs\`. */
export function schemaText(shapes: EventShapes): string {
  const definitions = [...shapes].map(([name, fields]) => [name, schemaOf(treeOf(fields), true)])
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    description: 'Events as Millrace knows them, written by `millrace types --json-schema`',
    $defs: Object.fromEntries(definitions),
    'x-millrace-types': dataOf(shapes),
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

type Data = [name: string, fields: [path: readonly string[], types: readonly JsonType[], isRequired?: true][]][]

function dataOf(shapes: EventShapes): Data {
  return [...shapes].map(([name, fields]) => [
    name,
    fields.map(({ path, types, isRequired }) => (isRequired ? [path, types, isRequired] : [path, types])),
  ])
}

/** What a text of `typesText` or `schemaText` was made of; undefined where it is none. */
export function shapesIn(text: string): EventShapes | undefined {
  const line = text.split('\n').findLast((one) => one.startsWith(mark))
  try {
    const data = line === undefined ? JSON.parse(text)['x-millrace-types'] : JSON.parse(line.slice(mark.length))
    return new Map(
      (data as Data).map(([name, fields]) => [
        name,
        fields.map(([path, types, isRequired]) => ({ path, types, ...(isRequired && { isRequired }) })),
      ]),
    )
  } catch {
    return undefined
  }
}

export interface ShapeDrift {
  readonly eventType: string
  /** With dots; empty: of the event type. */
  readonly field: string
  readonly message: string
}

/** How events differ now from what was written of them. */
export function driftBetween(written: EventShapes, now: EventShapes): ShapeDrift[] {
  return [...new Set([...written.keys(), ...now.keys()])].flatMap((eventType): ShapeDrift[] => {
    const [before, after] = [written.get(eventType), now.get(eventType)]
    if (before === undefined) return [{ eventType, field: '', message: 'is new' }]
    if (after === undefined) return [{ eventType, field: '', message: 'is gone' }]
    const [old, fresh] = [before, after].map(
      (fields) => new Map(fields.map((field) => [JSON.stringify(field.path), field])),
    ) as [Map<string, FieldShape>, Map<string, FieldShape>]
    return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
      const message = changeOf(old.get(key), fresh.get(key))
      return message === undefined ? [] : [{ eventType, field: (JSON.parse(key) as string[]).join('.'), message }]
    })
  })
}

function changeOf(before: FieldShape | undefined, after: FieldShape | undefined): string | undefined {
  if (before === undefined) return `is new: ${after!.types.join(' | ')}`
  if (after === undefined) return 'is gone'
  const [old, fresh] = [before.types.join(' | '), after.types.join(' | ')]
  if (old !== fresh) return `was ${old} and is ${fresh}`
  if (before.isRequired === after.isRequired) return undefined
  return after.isRequired ? 'is required now' : 'is not required any more'
}

interface Node {
  shape: FieldShape | undefined
  readonly below: Map<string, Node>
}

function treeOf(fields: readonly FieldShape[]): Node {
  const root: Node = { shape: undefined, below: new Map() }
  for (const shape of fields) {
    let at = root
    for (const key of shape.path) {
      const next = at.below.get(key) ?? { shape: undefined, below: new Map() }
      at.below.set(key, next)
      at = next
    }
    at.shape = shape
  }
  return root
}

function membersText({ below }: Node, indent: string): string {
  if (below.size === 0) return '{}'
  const members = [...below].map(([key, node]) => {
    const isRequired = node.shape?.isRequired ?? false
    const types = (node.shape?.types ?? []).map((type) => (type === 'any' ? 'unknown' : type))
    const object = node.below.size > 0 ? [membersText(node, `${indent}  `)] : []
    const value = types.includes('unknown')
      ? 'unknown'
      : [...types, ...object, ...(isRequired ? [] : ['null'])].join(' | ')
    return `${indent}  ${keyText(key)}${isRequired ? '' : '?'}: ${value}\n`
  })
  return `{\n${members.join('')}${indent}}`
}

function schemaOf({ shape, below }: Node, isEvent = false): Record<string, unknown> {
  if (shape?.types.includes('any')) return {}
  const types: string[] = [...(shape?.types ?? []), ...(below.size > 0 || shape === undefined ? ['object'] : [])]
  if (!isEvent && !shape?.isRequired) types.push('null')
  const own = { type: types.length === 1 ? types[0] : types }
  if (below.size === 0) return own
  const required = [...below].flatMap(([key, node]) => (node.shape?.isRequired ? [key] : []))
  const properties = Object.fromEntries([...below].map(([key, node]) => [key, schemaOf(node)]))
  return { ...own, properties, ...(required.length > 0 && { required }) }
}

/** Ends of lines that only JavaScript knows. */
function escaped(json: string): string {
  return json.replace(/[\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}
