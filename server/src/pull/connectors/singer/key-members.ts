/** The key of a stream as columns: its `key_properties`, with the types that its schema says they have. */
import type { KeyMember } from '../../connector.ts'
import type { SingerMessage } from './messages.ts'

const types: Readonly<Record<string, KeyMember['type']>> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
}
const formats: Readonly<Record<string, KeyMember['type']>> = { 'date-time': 'TIMESTAMP', date: 'DATE' }

/** Undefined where there is no key, or a member of it is none that rows could be told apart by. Columns widen where the schema lies. */
export function keyMembersOf({ schema, key_properties: names }: SingerMessage & { type: 'SCHEMA' }) {
  if (!names || names.length === 0) return undefined
  const members = names.flatMap((name): KeyMember[] => {
    const type = typeOf(schema.properties?.[name])
    return type === undefined ? [] : [{ name, type }]
  })
  return members.length === new Set(names).size ? members : undefined
}

function typeOf(property: unknown): KeyMember['type'] | undefined {
  const { type, format } = (property ?? {}) as { type?: unknown; format?: unknown }
  const named = [type].flat().filter((one): one is string => typeof one === 'string' && one !== 'null')
  if (named.length !== 1) return undefined
  const [only] = named
  return only === 'string' && typeof format === 'string' ? (formats[format] ?? 'VARCHAR') : types[only!]
}
