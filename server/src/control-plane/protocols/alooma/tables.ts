/** Schemas and tables (ALOOMA-25 to 30, 74). */
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import { type Caller, notFound } from '../../operations/operation.ts'
import { columnTypeOf, readColumnType } from './column-types.ts'
import type { NativeType } from './mapping-draft.ts'
import { type AloomaParts, type On, readBody, refused } from './route.ts'
import { isAlike, nativeTable, placeNamed, placeOf, schemasOf, tablesMax } from './schemas.ts'

const column = z.object({
  columnName: z.string().min(1).max(63),
  columnType: z.unknown(),
  distKey: z.boolean().optional(),
  primaryKey: z.boolean().optional(),
  sortKeyIndex: z.number().int().optional(),
})
type Column = z.output<typeof column>
const columns = z.array(column).min(1)
const newSchema = z.union([
  z.string().transform((schemaName) => ({ schemaName })),
  z.object({ schemaName: z.string() }),
  z.object({ name: z.string() }).transform(({ name }) => ({ schemaName: name })),
])

export function tableRoutes(on: On, parts: AloomaParts): void {
  const { operations, port, kept } = parts

  const list = async (caller: Caller, schema: string | undefined, isShallow: boolean) => {
    const schemas = await schemasOf(parts, caller)
    if (schema !== undefined && !schemas.some((name) => isAlike(name, schema))) throw notFound('schema')
    const said = new Map((await kept.list(caller, 'table')).map(({ id, value }) => [id, value]))
    const tables = await operations.tables.list(caller, { limit: tablesMax })
    return tables
      .map((table) => ({ ...placeOf(table.name, schemas), table }))
      .filter(({ schemaName }) => schema === undefined || isAlike(schemaName, schema))
      .map(({ schemaName, tableName, table }) => ({
        schemaName,
        tableName,
        ...(!isShallow && { columns: columnsOf(table.columns, (said.get(table.name)?.['columns'] ?? []) as Column[]) }),
      }))
  }

  on('GET', '/schemas', 'tables:read', async ({ caller }) =>
    (await schemasOf(parts, caller)).map((schemaName) => ({ schemaName })),
  )
  on('POST', '/schemas', 'tables:write', async ({ caller, body }) => {
    const { schemaName } = readBody(newSchema, body)
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schemaName))
      throw refused(`${JSON.stringify(schemaName)} is no name of a schema`)
    if ((await schemasOf(parts, caller)).some((name) => isAlike(name, schemaName))) {
      throw new MillraceError('conflict', `There is a schema ${schemaName} already`)
    }
    await kept.put(caller, 'schema', schemaName, {})
    return { schemaName }
  })

  const isShallow = (query: ReadonlyMap<string, readonly string[]>) => query.get('shallow')?.[0] === 'true'
  on('GET', '/tables', 'tables:read', ({ caller, query }) => list(caller, undefined, isShallow(query)))
  on('GET', '/tables/:schema', 'tables:read', ({ caller, params, query }) =>
    list(caller, params['schema'], isShallow(query)),
  )

  on('POST', '/tables/:name', 'tables:write', async ({ caller, params, body }) => {
    const name = await nativeTable(parts, caller, placeNamed(params['name']!))
    const given = readColumns(body)
    await port.createTable(caller, { name, columns: given.map(nativeColumn) })
    await kept.put(caller, 'table', name, { columns: given })
    return { ...placeOf(name, await schemasOf(parts, caller)), columns: given }
  })
  on('PUT', '/tables/:name', 'tables:write', async ({ caller, params, body }) => {
    const name = await nativeTable(parts, caller, placeNamed(params['name']!))
    const given = readColumns(body)
    await port.alterTable(caller, { name, columns: given.map(nativeColumn) })
    const before = ((await kept.get(caller, 'table', name))?.['columns'] ?? []) as Column[]
    const others = before.filter(({ columnName }) => !given.some((column) => isAlike(column.columnName, columnName)))
    await kept.put(caller, 'table', name, { columns: [...others, ...given] })
    return { ...placeOf(name, await schemasOf(parts, caller)), columns: given }
  })

  on('GET', '/tables/:schema/:table/dependencies', 'tables:read', async ({ caller, params }) => {
    const name = await nativeTable(parts, caller, placeIn(params))
    await operations.tables.get(caller, name)
    const mappings = (await port.mappings(caller)).filter(({ table }) => isAlike(table, name))
    return mappings.map(({ eventType }) => ({ type: 'EVENT_TYPE', name: eventType }))
  })
  on('DELETE', '/tables/:schema/:table', 'tables:write', async ({ caller, params, query }) => {
    const name = await nativeTable(parts, caller, placeIn(params))
    await port.dropTable(caller, name, query.get('cascade')?.[0] === 'true')
    await kept.remove(caller, 'table', name)
    return undefined
  })
}

/** @throws MillraceError `invalid_request`, `invalid_mapping`. */
function readColumns(body: unknown): Column[] {
  const given = readBody(columns, body)
  const names = given.map(({ columnName }) => columnName.toLowerCase())
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw refused(`There are two columns ${twice}`)
  return given
}

function nativeColumn({ columnName, columnType }: Column) {
  const { type, nonNull } = readColumnType(columnType, columnName)
  return { name: columnName, type, nonNull }
}

function columnsOf(native: readonly { name: string; type: string }[], said: readonly Column[]) {
  return native.map(({ name, type }) => {
    const before = said.find(({ columnName }) => isAlike(columnName, name))
    const nonNull = before !== undefined && readColumnType(before.columnType, name).nonNull
    return {
      columnName: name,
      columnType: columnTypeOf({ ...limitsOf(before), type: type as NativeType, nonNull }, before?.columnType),
      distKey: before?.distKey ?? false,
      primaryKey: before?.primaryKey ?? false,
      sortKeyIndex: before?.sortKeyIndex ?? -1,
    }
  })
}

function limitsOf(column: Column | undefined) {
  if (column === undefined) return {}
  const { length, truncate } = readColumnType(column.columnType, column.columnName)
  return { ...(length !== undefined && { length }), ...(truncate !== undefined && { truncate }) }
}

function placeIn(params: Readonly<Record<string, string>>) {
  return { schemaName: params['schema']!, tableName: params['table']! }
}
