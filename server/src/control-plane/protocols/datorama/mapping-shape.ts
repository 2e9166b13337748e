/** A mapping as pyDatorama is told it: fields of what was retrieved, and columns that they go to. Sent back whole, with changes. */
import { z } from 'zod'
import { readBody, refused } from './bodies.ts'
import type { FieldDraft, NativeField, NativeMapping } from './datorama-port.ts'
import type { Attributes } from './kept.ts'

export interface MappingEntry {
  /** With dots between the names of a nested field. */
  readonly source: string
  /** The column. */
  readonly target: string
  readonly type: string
}

export function entriesOf(mapping: NativeMapping | undefined): MappingEntry[] {
  return (mapping?.fields ?? []).map(({ path, column, type }) => ({ source: path.join('.'), target: column, type }))
}

/** Told, and not taken: it is what other calls make it. */
const ownNames = ['dataStreamId', 'table', 'eventType', 'mode', 'mappings']

const entries = z.array(
  z.looseObject({ source: z.string().min(1).max(1_000), target: z.string().min(1).max(128), type: z.string() }),
  'has to be a list of {source, target, type}',
)
const body = z.looseObject({ mappings: entries.optional() }, 'has to be an object')

export interface SaidMapping {
  /** Undefined where nothing is said of them: they stay. */
  readonly fields: readonly FieldDraft[] | undefined
  /** What has no place of its own. */
  readonly others: Attributes
}

/** @throws MillraceError `invalid_request`. */
export function readMapping(given: unknown, present: NativeMapping | undefined): SaidMapping {
  const said = readBody(body, given)
  const others = Object.fromEntries(Object.entries(said).filter(([name]) => !ownNames.includes(name)))
  const bySource = new Map((present?.fields ?? []).map((field) => [field.path.join('.'), field]))
  const fields = said.mappings?.map(({ source, target, type }) => fieldOf(bySource.get(source), source, target, type))
  return { fields, others }
}

function fieldOf(present: NativeField | undefined, source: string, column: string, type: string): FieldDraft {
  return { path: present?.path ?? source.split('.'), column, type: typeOf(type) }
}

const types: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['BOOLEAN', 'BIGINT', 'DOUBLE', 'TIMESTAMP', 'DATE', 'VARCHAR', 'JSON'].map((name) => [name, name]),
  ),
  ...{ STRING: 'VARCHAR', TEXT: 'VARCHAR', CHAR: 'VARCHAR', DIMENSION: 'VARCHAR' },
  ...{ INT: 'BIGINT', INTEGER: 'BIGINT', LONG: 'BIGINT' },
  ...{ NUMBER: 'DOUBLE', FLOAT: 'DOUBLE', MEASUREMENT: 'DOUBLE', METRIC: 'DOUBLE' },
  ...{ BOOL: 'BOOLEAN', DATETIME: 'TIMESTAMP', DAY: 'DATE' },
}

function typeOf(name: string): string {
  const upper = name.trim().toUpperCase()
  if (/^DECIMAL\(38,\d{1,2}\)$/.test(upper)) return upper
  const type = types[upper]
  if (type !== undefined) return type
  throw refused(
    `${JSON.stringify(name)} is no type of a column; there are ${[...new Set(Object.values(types))].join(', ')}`,
  )
}
