/**
 * Alooma's tables lie in schemas; ours have one. `PUBLIC` is that one; a table `T` of another schema `S`, which a client has to make
 * first, is our table `S_T`.
 */
import { type Caller, notFound } from '../../operations/operation.ts'
import { defaultSchema } from './event-type-shape.ts'
import type { AloomaParts } from './route.ts'

export async function schemasOf({ kept }: Pick<AloomaParts, 'kept'>, caller: Caller): Promise<string[]> {
  return [defaultSchema, ...(await kept.list(caller, 'schema')).map(({ id }) => id)]
}

/** Our table for `table` or `schema.table`. @throws MillraceError `not_found`: of the schema. */
export async function nativeTable(parts: Pick<AloomaParts, 'kept'>, caller: Caller, given: string): Promise<string> {
  const dot = given.indexOf('.')
  const [schema, table] = dot === -1 ? [defaultSchema, given] : [given.slice(0, dot), given.slice(dot + 1)]
  return tableIn(parts, caller, schema, table)
}

export async function tableIn(
  parts: Pick<AloomaParts, 'kept'>,
  caller: Caller,
  schema: string,
  table: string,
): Promise<string> {
  const found = (await schemasOf(parts, caller)).find((name) => name.toLowerCase() === schema.toLowerCase())
  if (found === undefined) throw notFound(`schema ${schema}`)
  return found === defaultSchema ? table : `${found}_${table}`
}

export function placeOf(native: string, schemas: readonly string[]): { schemaName: string; tableName: string } {
  const schema = schemas.find(
    (name) => name !== defaultSchema && native.toLowerCase().startsWith(`${name.toLowerCase()}_`),
  )
  if (schema === undefined) return { schemaName: defaultSchema, tableName: native }
  return { schemaName: schema, tableName: native.slice(schema.length + 1) }
}
