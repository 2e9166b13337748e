/** What a consolidation merges: the table that an event type fills, by the keys of its mapping, into its main table. */
import { z } from 'zod'
import type { KnownEventType } from './event-type-shape.ts'
import { refused } from './route.ts'
import { isAlike, placeOf } from './schemas.ts'

const said = z
  .looseObject({
    consolidationKeys: z.array(z.string()).nullish(),
    consolidatedTableName: z.string().nullish(),
  })
  .nullish()

const logSuffix = /_log$/i

/** @throws MillraceError `invalid_request`: the mapping does not say what to merge by, or into which table. */
export function consolidationOf({ name, mapping, said: { consolidation }, schemas }: KnownEventType): {
  from: string
  key: readonly string[]
  target: string
} {
  const { consolidationKeys, consolidatedTableName } = said.parse(consolidation) ?? {}
  if (mapping === undefined || mapping.table === '') throw refused(`The event type ${name} has no table yet`)
  const keys = consolidationKeys ?? []
  if (keys.length === 0) throw refused(`The mapping of ${name} names no consolidation.consolidationKeys`)
  const key = keys.map((wanted) => {
    const field = mapping.fields.find(({ column, path }) => isAlike(column, wanted) || path.join('.') === wanted)
    if (field === undefined) throw refused(`The mapping of ${name} has no column ${wanted}, which is to be a key`)
    return field.column
  })
  const target = consolidatedTableName || mapping.table.replace(logSuffix, '')
  if (isAlike(placeOf(target, schemas).tableName, placeOf(mapping.table, schemas).tableName)) {
    throw refused(`The mapping of ${name} names no consolidation.consolidatedTableName`)
  }
  return { from: mapping.table, key, target }
}
