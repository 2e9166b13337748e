/** What set_mapping sends (ALOOMA-15 to 17): Alooma's tree of fields, read into a draft, or refused with a reason; then nothing changes. */
import { MillraceError } from '../../../errors.ts'
import type { MappingMode } from '../../../mappings.ts'
import { mappingModes } from '../../../mappings.ts'
import { readColumnType } from './column-types.ts'
import type { MappedField, MappingDraft } from './mapping-draft.ts'

export interface ReadMapping {
  readonly draft: MappingDraft
  /** What is told again as it was said: no place of ours holds it. */
  readonly said: SaidMapping
}

export interface SaidMapping {
  readonly schema: string | null
  readonly tableName: string
  readonly outputHint: unknown
  readonly readOnly: unknown
  readonly consolidation: unknown
  /** By the path of the field, as JSON. */
  readonly columns: Readonly<Record<string, SaidColumn>>
}

export interface SaidColumn {
  readonly columnName: string
  readonly columnType: unknown
  /** Whether AUTO_MAP made it, as the client remembers. */
  readonly isAuto: boolean
}

type Member = Readonly<Record<string, unknown>>

/** @throws MillraceError `invalid_mapping`. */
export function readMapping(body: unknown, { defaultMode }: { defaultMode: MappingMode }): ReadMapping {
  const { mapping: place, ...whole } = objectOf(body, 'The mapping')
  const mapping = place === undefined || place === null ? {} : objectOf(place, 'mapping')
  const isDiscarded = mapping['isDiscarded'] === true
  const mode = readMode(whole, defaultMode)
  const found: Found = { fields: [], discarded: [], columns: {} }
  readFields(whole['fields'], [], found)
  const table = readTable(mapping['tableName'])
  const isAuto = (mode ?? defaultMode) === 'AUTO_MAP'
  if (!isDiscarded && !isAuto && table === '')
    throw wrong('mapping.tableName is missing: only AUTO_MAP chooses a table')
  refuseTwice(found.fields)
  const { discarded, columns } = found
  const fields = found.fields.map((field) => (isWhole(field, found) ? { ...field, isWhole: true } : field))
  return {
    draft: { mode, effectiveMode: mode ?? defaultMode, isDiscarded, table, fields, discarded },
    said: {
      tableName: table,
      schema: typeof mapping['schema'] === 'string' ? mapping['schema'] : null,
      outputHint: mapping['outputHint'] ?? null,
      readOnly: mapping['readOnly'] ?? false,
      consolidation: whole['consolidation'] ?? null,
      columns,
    },
  }
}

/**
 * Undefined for the workspace's mode. A client that changes the mode of a mapping it has read sends `usingDefaultMappingMode` as it
 * was: only together with the default itself does that mean the default.
 */
function readMode({ mappingMode, usingDefaultMappingMode }: Member, defaultMode: MappingMode): MappingMode | undefined {
  if (mappingMode === undefined || mappingMode === null) return undefined
  const mode = readMappingMode(mappingMode)
  return usingDefaultMappingMode === true && mode === defaultMode ? undefined : mode
}

/** @throws MillraceError `invalid_mapping`. */
export function readMappingMode(given: unknown): MappingMode {
  const mode = mappingModes.find((mode) => mode === given)
  if (mode !== undefined) return mode
  throw wrong(`There is no mapping mode ${JSON.stringify(given)}: it is one of ${mappingModes.join(', ')}`)
}

function readTable(name: unknown): string {
  if (name === undefined || name === null) return ''
  if (typeof name === 'string') return name.trim()
  throw wrong('mapping.tableName has to be a text')
}

/** A JSON column that somebody chose takes an object as it is, unless members of the object have places of their own. */
function isWhole({ path, type, isAuto, isMetadata }: MappedField, { fields, discarded }: Found): boolean {
  if (type !== 'JSON' || isAuto || isMetadata) return false
  const others = [...fields.map((field) => field.path), ...discarded]
  return !others.some((other) => other.length > path.length && path.every((name, depth) => other[depth] === name))
}

interface Found {
  readonly fields: MappedField[]
  readonly discarded: string[][]
  readonly columns: Record<string, SaidColumn>
}

function readFields(fields: unknown, above: readonly string[], found: Found): void {
  if (fields === undefined || fields === null) return
  if (!Array.isArray(fields)) throw wrong(`${above.join('.') || 'The mapping'}: fields has to be a list`)
  const names = new Set<string>()
  for (const given of fields) {
    const field = objectOf(given, `A field of ${above.join('.') || 'the mapping'}`)
    const name = field['fieldName']
    if (typeof name !== 'string' || name === '')
      throw wrong(`A field of ${above.join('.') || 'the mapping'} has no fieldName`)
    const path = [...above, name]
    if (names.has(name)) throw wrong(`There are two fields ${path.join('.')}`)
    names.add(name)
    readField(field, path, found)
  }
}

function readField(field: Member, path: string[], found: Found): void {
  const where = path.join('.')
  const mapping = field['mapping'] === null || field['mapping'] === undefined ? {} : objectOf(field['mapping'], where)
  const column = mapping['columnName']
  if (mapping['isDiscarded'] === true) found.discarded.push(path)
  else if (typeof column === 'string' && column !== '') {
    const isAuto = mapping['machineGenerated'] === true
    const type = readColumnType(mapping['columnType'], where)
    const isMetadata = path[0] === '_metadata'
    found.fields.push({ path, column, ...type, isAuto: isAuto && !isMetadata, ...(isMetadata && { isMetadata }) })
    found.columns[JSON.stringify(path)] = { columnName: column, columnType: mapping['columnType'], isAuto }
  } else if (column !== undefined && column !== null && column !== '')
    throw wrong(`${where}: columnName has to be a text`)
  readFields(field['fields'], path, found)
}

/** Names of columns are the same whatever their case. */
function refuseTwice(fields: readonly MappedField[]): void {
  const seen = new Map<string, MappedField>()
  for (const field of fields) {
    const other = seen.get(field.column.toLowerCase())
    if (other) {
      throw wrong(`The fields ${other.path.join('.')} and ${field.path.join('.')} have one column, ${field.column}`)
    }
    seen.set(field.column.toLowerCase(), field)
  }
}

function objectOf(value: unknown, what: string): Member {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Member
  throw wrong(`${what} has to be an object`)
}

function wrong(message: string): MillraceError {
  return new MillraceError('invalid_mapping', message)
}
