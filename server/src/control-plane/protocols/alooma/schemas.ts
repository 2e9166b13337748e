/**
 * Alooma's tables lie in schemas; ours have one. `PUBLIC` is that one; a table `T` of another schema `S`, which a client has to make
 * first, is our table `S_T`. Names are the same whatever their case.
 */
import { MillraceError } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { AloomaParts } from './route.ts'

export const defaultSchema = 'PUBLIC'

export interface TablePlace {
  readonly schemaName: string
  readonly tableName: string
}

export async function schemasOf({ kept }: Pick<AloomaParts, 'kept'>, caller: Caller): Promise<string[]> {
  return [defaultSchema, ...(await kept.list(caller, 'schema')).map(({ id }) => id)]
}

/** `table` or `schema.table`. */
export function placeNamed(given: string): TablePlace {
  const dot = given.indexOf('.')
  if (dot === -1) return { schemaName: defaultSchema, tableName: given }
  return { schemaName: given.slice(0, dot), tableName: given.slice(dot + 1) }
}

/** The name of our table, spelt as the table is that there may be already. @throws MillraceError `invalid_request`: of the schema. */
export async function nativeTable(
  { kept, operations }: Pick<AloomaParts, 'kept' | 'operations'>,
  caller: Caller,
  { schemaName, tableName }: TablePlace,
): Promise<string> {
  const schema = (await schemasOf({ kept }, caller)).find((name) => isAlike(name, schemaName))
  if (schema === undefined) {
    throw new MillraceError('invalid_request', `There is no schema ${schemaName}`, {
      hint: 'Make it with create_schema, or use PUBLIC.',
    })
  }
  const name = schema === defaultSchema ? tableName : `${schema}_${tableName}`
  const tables = await operations.tables.list(caller, { limit: tablesMax })
  return tables.find((table) => isAlike(table.name, name))?.name ?? name
}

export const tablesMax = 10_000

export function placeOf(native: string, schemas: readonly string[]): TablePlace {
  const schema = schemas.find(
    (name) => name !== defaultSchema && native.toLowerCase().startsWith(`${name.toLowerCase()}_`),
  )
  if (schema === undefined) return { schemaName: defaultSchema, tableName: native }
  return { schemaName: schema, tableName: native.slice(schema.length + 1) }
}

export function isAlike(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
