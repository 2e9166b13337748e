/** Event types, mappings and tables: bound to the operations of mappings. */
import { hasCode } from '../../../errors.ts'
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
>

const eventTypesMax = 10_000

export function bindMappings({ eventTypes, mappings, tables }: Operations): MappingPort {
  const mappingMode = async (caller: Caller) => (await mappings.mode(caller)).mode

  const one = async (caller: Caller, name: string, rowCount: number | null) => {
    const { mapping } = await eventTypes.get(caller, name)
    return nativeMappingOf(mapping, { defaultMode: await mappingMode(caller), rowCount })
  }
  const put = async (caller: Caller, { name, columns }: TableDraft, isNew: boolean) => {
    await tables.put(caller, { name, columns: columns.map(({ name, type }) => ({ name, type })) }, { isNew })
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
        if (hasCode(error, 'not_found')) return undefined
        throw error
      }
    },
    async setMapping(caller, name, draft) {
      const table = (await tables.list(caller, { limit: tablesMax })).find(({ name }) => name === draft.table)
      const columns = (table?.columns ?? []).map(({ name }) => name)
      await mappings.set(caller, name, changeOf(draft, columns))
    },
    deleteMapping: (caller, name) => mappings.forget(caller, name),
    async fieldStatistics(caller, name) {
      try {
        return (await mappings.fields(caller, name)) as EventTypeStatistics
      } catch (error) {
        if (hasCode(error, 'not_found')) return undefined
        throw error
      }
    },
    clearStats: (caller, name) => mappings.clearFields(caller, name),
    mappingMode,
    async setMappingMode(caller, mode) {
      await mappings.setMode(caller, mode)
    },
    createTable: (caller, table) => put(caller, table, true),
    alterTable: (caller, table) => put(caller, table, false),
  }
}

/** As our own API would be told it. A column that is there already keeps its spelling. */
function changeOf({ mode, isDiscarded, table, fields, discarded }: MappingDraft, columns: readonly string[]) {
  const asThere = (column: string) => columns.find((name) => isAlike(name, column)) ?? column
  return {
    ...(mode !== undefined && { mode }),
    isDiscarded,
    ...(table !== '' && { table }),
    fields: [
      ...fields.map((field) => ({ ...changeOfField(field), column: asThere(field.column) })),
      ...discarded.map((path) => ({ path, isDiscarded: true })),
    ],
  }
}

function changeOfField({ path, column, type, nonNull, length, truncate, precision }: MappedField) {
  return {
    path,
    column,
    type,
    ...(nonNull && { nonNull }),
    ...(length !== undefined && { length }),
    ...(truncate !== undefined && { truncate }),
    ...(precision !== undefined && { precision }),
  }
}
