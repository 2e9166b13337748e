/** Mappings, bound to their operations. A mapping has more than this protocol has words for; that stays as it is. */
import { z } from 'zod'
import { hasCode, MillraceError } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { DatoramaPort, FieldDraft } from './datorama-port.ts'
import { everything } from './every-page.ts'

type MappingPort = Pick<DatoramaPort, 'mapping' | 'mappings' | 'setFields'>

const field = z.looseObject({ path: z.array(z.string()), column: z.string(), type: z.string() })
const stored = z.looseObject({
  eventType: z.string(),
  table: z.string(),
  mode: z.string(),
  usesDefaultMode: z.boolean().default(true),
  isDiscarded: z.boolean().default(false),
  fields: z.array(field),
  discarded: z.array(z.array(z.string())).default([]),
  primaryKey: z.array(z.string()).default([]),
  onConflict: z.string().default('widen'),
})

export function bindMappings({ eventTypes, mappings }: Operations): MappingPort {
  const read = async (caller: Caller, eventType: string) => {
    try {
      return stored.parse((await eventTypes.get(caller, eventType)).mapping)
    } catch (error) {
      if (hasCode(error, 'not_found')) return undefined
      throw error
    }
  }
  return {
    mapping: read,
    async mappings(caller) {
      const names = await everything(
        (page) => eventTypes.list(caller, page),
        ({ name }) => name,
      )
      const all = await Promise.all(names.map(({ name }) => read(caller, name)))
      return all.filter((mapping) => mapping !== undefined)
    },
    async setFields(caller, eventType, fields) {
      const present = await read(caller, eventType)
      try {
        await mappings.set(caller, eventType, changeOf(present, fields))
      } catch (error) {
        if (hasCode(error, 'schema_conflict')) throw new MillraceError('invalid_request', error.message)
        throw error
      }
    },
  }
}

function changeOf(present: z.output<typeof stored> | undefined, drafts: readonly FieldDraft[]) {
  const columns = new Set(drafts.map(({ column }) => column))
  const fields = drafts.map((draft) => {
    const before = present?.fields.find(({ path }) => path.join('\0') === draft.path.join('\0'))
    const isSame = before?.column === draft.column && before.type === draft.type
    return isSame ? partsOf(before) : { ...draft, origin: 'user' }
  })
  return {
    ...(present && !present.usesDefaultMode && { mode: present.mode }),
    ...(present && { isDiscarded: present.isDiscarded, onConflict: present.onConflict }),
    ...(present && present.table !== '' && { table: present.table }),
    ...(present && { primaryKey: present.primaryKey.filter((column) => columns.has(column)) }),
    fields: [...fields, ...(present?.discarded ?? []).map((path) => ({ path, isDiscarded: true }))],
  }
}

/** What of a stored field may be said of it. */
function partsOf(stored: z.output<typeof field>) {
  const { path, column, type } = stored
  const rest = ['origin', 'nonNull', 'length', 'truncate', 'precision'].filter((name) => name in stored)
  return { path, column, type, ...Object.fromEntries(rest.map((name) => [name, stored[name]])) }
}
