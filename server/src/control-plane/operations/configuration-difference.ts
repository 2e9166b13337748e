/** What differs between the objects that a workspace has and those that a document asks for, field by field. */
import { isDeepStrictEqual } from 'node:util'

export type ObjectKind =
  | 'mapping-mode'
  | 'input'
  | 'bucket'
  | 'event-type'
  | 'module'
  | 'lookup'
  | 'secret'
  | 'code-settings'
  | 'scheduled-query'
  | 'channel'
  | 'mute'
  | 'archive'
  | 'dimension'
  | 'pattern'
  | 'harmonised-dimension'
  | 'calculated-measurement'

/** One thing of a configuration, as it is compared. Where a secret stands in its value stands `SecretMark`. */
export interface ConfigurationObject {
  readonly kind: ObjectKind
  /** Of those of its kind no other has it. */
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A secret that is set; `changes`: to another value than it has. */
export interface SecretMark {
  readonly set: true
  readonly changes?: true
}

export interface ObjectChange {
  readonly action: 'create' | 'update' | 'delete'
  readonly kind: ObjectKind
  readonly name: string
  /** Of an update those that differ, of the others all there are. */
  readonly fields: readonly FieldDifference[]
}

export interface FieldDifference {
  /** From the outside in, with dots between. */
  readonly field: string
  /** Absent where there was, or will be, none, and of a secret. */
  readonly before?: unknown
  readonly after?: unknown
  readonly isSecret?: true
}

/** Of what is not wanted a deletion where `isPruned` says so. */
export function changesBetween(
  present: readonly ConfigurationObject[],
  wanted: readonly ConfigurationObject[],
  isPruned: (object: ConfigurationObject) => boolean,
): ObjectChange[] {
  const there = new Map(present.map((object) => [keyOf(object), object]))
  const named = new Set(wanted.map(keyOf))
  const changed = wanted.flatMap((object): ObjectChange[] => {
    const { kind, name, value } = object
    const before = there.get(keyOf(object))
    const fields = fieldsBetween(before?.value ?? {}, value)
    if (before !== undefined && fields.length === 0) return []
    return [{ action: before === undefined ? 'create' : 'update', kind, name, fields }]
  })
  const gone = present
    .filter((object) => !named.has(keyOf(object)) && isPruned(object))
    .map(({ kind, name, value }): ObjectChange => ({ action: 'delete', kind, name, fields: fieldsBetween(value, {}) }))
  return [...changed, ...gone]
}

export function keyOf({ kind, name }: Pick<ConfigurationObject, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

function fieldsBetween(before: object, after: object): FieldDifference[] {
  const [old, fresh] = [flat(before), flat(after)]
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((field): FieldDifference[] => {
    const [left, right] = [old.get(field), fresh.get(field)]
    if (isDeepStrictEqual(left, right)) return []
    if (isMark(left) || isMark(right)) return [{ field, isSecret: true as const }]
    return [{ field, ...(left !== undefined && { before: left }), ...(right !== undefined && { after: right }) }]
  })
}

/** Its fields by their path. Fields of a mapping go by their own path, so that their order is none of their business. */
function flat(value: object, above = ''): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  for (const [key, inner] of entriesOf(value)) {
    if (inner === undefined) continue
    const field = above === '' ? key : `${above}.${key}`
    if (!isParted(inner)) fields.set(field, inner)
    else if (entriesOf(inner).length === 0) fields.set(field, inner)
    else for (const [path, part] of flat(inner, field)) fields.set(path, part)
  }
  return fields
}

function entriesOf(value: object): [string, unknown][] {
  if (!Array.isArray(value)) return Object.entries(value)
  return (value as { path: string[] }[]).map(({ path, ...field }) => [path.map(quotedKey).join('.'), field])
}

function quotedKey(key: string): string {
  return /^[\w@$-]+$/.test(key) ? key : JSON.stringify(key)
}

function isParted(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isMark(value)) return false
  if (!Array.isArray(value)) return true
  return (
    value.length > 0 && value.every((item) => typeof item === 'object' && item !== null && Array.isArray(item.path))
  )
}

export function isMark(value: unknown): value is SecretMark {
  return typeof value === 'object' && value !== null && 'set' in value && value.set === true
}
