/** Event types, mappings and tables: bound to the operations of mappings. */
import { z } from 'zod'
import { hasCode, MillraceError } from '../../../errors.ts'
import type { MappingMode } from '../../../mappings.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort, EventTypeStatistics, TableDraft } from './alooma-port.ts'
import type { MappedField, MappingDraft } from './mapping-draft.ts'
import { nativeMappingOf } from './native-mapping.ts'
import { isAlike, tablesMax } from './schemas.ts'

type MappingPort = Pick<
  AloomaPort,
  | 'mappings'
  | 'mapping'
  | 'setMapping'
  | 'deleteMapping'
  | 'fieldStatistics'
  | 'clearStats'
  | 'mappingMode'
  | 'setMappingMode'
  | 'createTable'
  | 'alterTable'
  | 'dropTable'
>

const eventTypesMax = 10_000

export function bindMappings({ eventTypes, mappings, tables }: Operations): MappingPort {
  const mappingMode = async (caller: Caller) => (await mappings.mode(caller)).mode

  const one = async (caller: Caller, name: string, rowCount: number | null) => {
    const { mapping } = await eventTypes.get(caller, name)
    return nativeMappingOf(mapping, { defaultMode: await mappingMode(caller), rowCount })
  }
  const put = async (caller: Caller, { name, columns }: TableDraft, isNew: boolean) => {
    try {
      await tables.put(caller, { name, columns: columns.map(({ name, type }) => ({ name, type })) }, { isNew })
    } catch (error) {
      if (hasCode(error, 'schema_conflict')) throw new MillraceError('invalid_request', error.message)
      throw error
    }
  }

  /** What a mapping has that this protocol has no words for stays as it is. */
  const unsaid = async (caller: Caller, name: string, { fields }: ReturnType<typeof changeOf>) => {
    const present = await eventTypes.get(caller, name).catch(undefinedWhereMissing)
    if (present === undefined) return {}
    const { primaryKey, onConflict } = unsaidMembers.parse(present.mapping)
    const columns = new Set(fields.map((field) => ('column' in field ? field.column : '')))
    return { primaryKey: primaryKey.filter((column) => columns.has(column)), onConflict }
  }

  return {
    async mappings(caller) {
      const summaries = await eventTypes.list(caller, { limit: eventTypesMax })
      const all = await Promise.all(summaries.map(({ name, tableRows }) => one(caller, name, tableRows)))
      return all.filter((mapping) => mapping !== undefined)
    },
    async mapping(caller, name) {
      try {
        const { table } = await eventTypes.get(caller, name)
        const found = (await tables.list(caller, { limit: tablesMax })).find(({ name }) => name === table)
        return await one(caller, name, found?.rowCount ?? null)
      } catch (error) {
        return undefinedWhereMissing(error)
      }
    },
    async setMapping(caller, name, draft) {
      const table = (await tables.list(caller, { limit: tablesMax })).find(({ name }) => name === draft.table)
      const columns = (table?.columns ?? []).map(({ name }) => name)
      const change = changeOf(draft, columns)
      await mappings.set(caller, name, { ...change, ...(await unsaid(caller, name, change)) })
    },
    deleteMapping: (caller, name) => mappings.forget(caller, name),
    async fieldStatistics(caller, name) {
      try {
        return (await mappings.fields(caller, name)) as EventTypeStatistics
      } catch (error) {
        return undefinedWhereMissing(error)
      }
    },
    clearStats: (caller, name) => mappings.clearFields(caller, name),
    mappingMode,
    async setMappingMode(caller, mode) {
      await mappings.setMode(caller, mode)
    },
    createTable: (caller, table) => put(caller, table, true),
    async alterTable(caller, table) {
      await tables.get(caller, table.name)
      await put(caller, table, false)
    },
    dropTable: (caller, name, isForced) => tables.drop(caller, name, { confirm: name, isForced }),
  }
}

const unsaidMembers = z.looseObject({
  primaryKey: z.array(z.string()).default([]),
  onConflict: z.string().default('widen'),
})

function undefinedWhereMissing(error: unknown): undefined {
  if (hasCode(error, 'not_found')) return undefined
  throw error
}

/** As our own API would be told it. A column that is there already keeps its spelling. */
function changeOf(
  { mode, effectiveMode, isDiscarded, table, fields, discarded }: MappingDraft,
  columns: readonly string[],
) {
  const asThere = (column: string) => columns.find((name) => isAlike(name, column)) ?? column
  return {
    ...(mode !== undefined && { mode }),
    isDiscarded,
    ...(table !== '' && { table }),
    fields: [
      ...fields.map((field) => ({ ...changeOfField(field, effectiveMode), column: asThere(field.column) })),
      ...discarded.map((path) => ({ path, isDiscarded: true })),
    ],
  }
}

/** A column that AUTO_MAP made widens under AUTO_MAP alone: under the other modes a value that does not fit is set aside. */
function changeOfField(
  { path, column, type, nonNull, length, truncate, precision, isWhole, isMetadata, isAuto }: MappedField,
  effectiveMode: MappingMode,
) {
  return {
    path,
    column,
    type,
    ...(effectiveMode !== 'AUTO_MAP' ? { origin: 'user' } : isAuto ? { origin: 'auto' } : {}),
    ...(nonNull && { nonNull }),
    ...(length !== undefined && { length }),
    ...(truncate !== undefined && { truncate }),
    ...(precision !== undefined && { precision }),
    ...(isWhole && { isWhole }),
    ...(isMetadata && { isMetadata }),
  }
}
