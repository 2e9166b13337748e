/** What TypeScript code works with, as declarations: the events that a workspace has seen, by their mappings; secrets; lookups. */
import { z } from 'zod'

export interface Declared {
  /** Mappings as the store has them. */
  readonly mappings: readonly { readonly eventType: string }[]
  /** Names. */
  readonly secrets: readonly string[]
  readonly lookups: readonly string[]
}

/** What is read of a mapping: which fields there are, and into which type of column they go. */
const mappingSchema = z.object({
  eventType: z.string(),
  fields: z.array(z.object({ path: z.array(z.string()).min(1), type: z.string() })),
})

/** Beyond these fields, of all event types together, the rest of the event types is any event: editors have to bear it. */
const fieldsMax = 20_000
const metadataField = '_metadata'

export function declarationsOf({ mappings, secrets, lookups }: Declared): string {
  let fieldCount = 0
  const types = mappings.map(({ eventType, ...rest }) => {
    const { data } = mappingSchema.safeParse({ eventType, ...rest })
    fieldCount += data?.fields.length ?? 0
    const isKnown = data !== undefined && fieldCount <= fieldsMax
    return `  ${quoted(eventType)}: ${isKnown ? membersOf(treeOf(data.fields), '  ') : '{}'}`
  })
  return `${head}
/** What was seen of each event type. A field may be missing, or null, in any event. */
interface EventTypes {${types.map((line) => `\n${line}`).join('')}
}

${eventDeclarations}
declare const secrets: {
${getter(secrets, 'name', 'string', 'string | undefined')}
}

/** Tables of keys and values. */
declare const lookups: {
  get<Value = any>(table: ${[...lookups.map(quoted), '(string & {})'].join(' | ')}, key: string | number): Value | undefined
}

${consoleDeclaration}`
}

const head = `// Made by Millrace of the events it has seen. Fields of new events appear here by themselves.
`

const eventDeclarations = `/** What is known of an event beside its data. */
interface EventMetadata<Type extends string = keyof EventTypes> {
  readonly '@uuid': string
  /** When it happened, or else arrived; ISO 8601. May be changed. */
  get '@timestamp'(): string
  set '@timestamp'(time: string | number | Date)
  /** May be changed: it decides about the table. */
  event_type: Type | (string & {})
  readonly input_id: string
  readonly input_label: string
  readonly input_type: string
  /** How often it was sent through again. */
  readonly restream_count: number
  /** Of an event that was split off another: the other's \`@uuid\`. */
  readonly '@parent_uuid'?: string
}

/** An event of any type: data, with \`_metadata\`. */
interface AnyEvent {
  [field: string]: unknown
  _metadata: EventMetadata
}

/** An event of one type: \`EventOf<'click'>\`. */
type EventOf<Type extends keyof EventTypes> = EventTypes[Type] & { [field: string]: unknown; _metadata: EventMetadata<Type> }

/** An event of any type that was seen. */
type Event = [keyof EventTypes] extends [never] ? AnyEvent : { [Type in keyof EventTypes]: EventOf<Type> }[keyof EventTypes]

/** What \`transform\` may return: an event, several, or null to drop it. */
type TransformResult = { [field: string]: unknown } | readonly { [field: string]: unknown }[] | null | undefined
`

const consoleDeclaration = `declare const console: Record<'debug' | 'error' | 'info' | 'log' | 'warn', (...values: unknown[]) => void>
`

/** Known names give a value, others may not. */
function getter(names: readonly string[], parameter: string, known: string, unknown: string): string {
  const general = `  get(${parameter}: string): ${unknown}`
  return names.length === 0 ? general : `  get(${parameter}: ${names.map(quoted).join(' | ')}): ${known}\n${general}`
}

type Tree = Map<string, { type: string | undefined; readonly children: Tree }>

function treeOf(fields: z.output<typeof mappingSchema>['fields']): Tree {
  const root: Tree = new Map()
  for (const { path, type } of fields) {
    let level = root
    for (const [depth, key] of path.entries()) {
      const node = level.get(key) ?? { type: undefined, children: new Map() }
      level.set(key, node)
      if (depth === path.length - 1) node.type = type
      level = node.children
    }
  }
  root.delete(metadataField)
  return root
}

/** A field that was also seen as something else than an object may be anything. */
function membersOf(tree: Tree, indent: string): string {
  if (tree.size === 0) return '{}'
  const members = [...tree].map(([key, { type, children }]) => {
    const inner = `${indent}  `
    const object = children.size === 0 ? undefined : `${membersOf(children, inner)} & { [field: string]: unknown }`
    const value = object === undefined ? valueTypeOf(type!) : type === undefined ? object : 'any'
    return `\n${inner}${quoted(key)}?: ${value === 'any' ? 'any' : `${value} | null`}`
  })
  return `{${members.join('')}\n${indent}}`
}

/** What JSON a column's values come from. */
function valueTypeOf(columnType: string): string {
  if (columnType === 'BOOLEAN') return 'boolean'
  if (columnType === 'BIGINT' || columnType === 'DOUBLE' || columnType.startsWith('DECIMAL')) return 'number'
  return columnType === 'JSON' ? 'any' : 'string'
}

/** As a key, and as a type of one text. */
function quoted(text: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(text) ? `'${text}'` : JSON.stringify(text)
}
