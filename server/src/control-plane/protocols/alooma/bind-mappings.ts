/** Event types and mappings: bound to the operations of event types. */

import { hasCode, MillraceError } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort } from './alooma-port.ts'
import { nativeMappingOf } from './native-mapping.ts'

type MappingPort = Pick<
  AloomaPort,
  'mappings' | 'mapping' | 'setMapping' | 'deleteMapping' | 'clearStats' | 'mappingMode' | 'setMappingMode'
>

const eventTypesMax = 10_000

export function bindMappings({ eventTypes, tables }: Operations): MappingPort {
  const mappingMode = async () => 'AUTO_MAP' as const

  const one = async (caller: Caller, name: string, rowCount: number | null) => {
    const { mapping } = await eventTypes.get(caller, name)
    return nativeMappingOf(mapping, { defaultMode: await mappingMode(), rowCount })
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
        const rowCount = (await tables.list(caller, { limit: eventTypesMax })).find(
          ({ name }) => name === table,
        )?.rowCount
        return await one(caller, name, rowCount ?? null)
      } catch (error) {
        if (hasCode(error, 'not_found')) return undefined
        throw error
      }
    },
    setMapping: missing('Mappings cannot be set yet'),
    deleteMapping: missing('Mappings cannot be removed yet'),
    clearStats: missing('What was seen of an event type cannot be forgotten yet'),
    mappingMode,
    setMappingMode: missing('The mapping mode of a workspace cannot be changed yet'),
  }
}

function missing(reason: string): () => Promise<never> {
  return async () => {
    throw new MillraceError('not_implemented', reason)
  }
}
