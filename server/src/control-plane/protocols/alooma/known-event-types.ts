/** Event types that there are: those that have a mapping, and those of which samples came since they were deleted. */
import { hasCode } from '../../../errors.ts'
import { type Caller, notFound } from '../../operations/operation.ts'
import type { KnownEventType } from './event-type-shape.ts'
import type { NativeMapping } from './mapping-draft.ts'
import { nodeIds } from './nodes.ts'
import type { AloomaParts } from './route.ts'
import { schemasOf } from './schemas.ts'
import { seenOf } from './seen-fields.ts'

export interface EventTypes {
  /** By name. */
  list(caller: Caller): Promise<KnownEventType[]>
  /** @throws MillraceError `not_found`. */
  get(caller: Caller, name: string): Promise<KnownEventType>
}

export function openEventTypes({ port, kept }: AloomaParts): EventTypes {
  /** Whoever may see mappings may not always see what events hold. */
  const seenBy = async (caller: Caller, eventType: string) => {
    const statistics = await port.fieldStatistics(caller, eventType).catch(noneWhereForbidden)
    const [newest] = (await port.samples(caller, { eventType, statuses: [] }).catch(noneWhereForbidden)) ?? []
    return { seen: seenOf(statistics, newest), newestAt: newest?.at ?? 0 }
  }

  /** Undefined for one that was deleted and has not come again. */
  const known = async (
    caller: Caller,
    name: string,
    mapping: NativeMapping | undefined,
    around: Pick<KnownEventType, 'defaultMode' | 'schemas'>,
  ): Promise<KnownEventType | undefined> => {
    const { seen, newestAt } = await seenBy(caller, name)
    if (mapping === undefined) {
      const deleted = await kept.get(caller, 'event-type-deleted', name)
      if (newestAt <= Number(deleted?.['at'] ?? 0)) return undefined
    }
    const said = (await kept.get(caller, 'mapping', name)) ?? {}
    return { name, mapping, said, seen, outputId: nodeIds.output, ...around }
  }
  const aroundOf = async (caller: Caller) => ({
    defaultMode: await port.mappingMode(caller),
    schemas: await schemasOf({ kept }, caller),
  })

  return {
    async list(caller) {
      const around = await aroundOf(caller)
      const mappings = new Map((await port.mappings(caller)).map((mapping) => [mapping.eventType, mapping]))
      const counts = (await port.sampleCounts(caller).catch(noneWhereForbidden)) ?? {}
      const names = [...new Set([...mappings.keys(), ...Object.keys(counts)])].filter(isNamed).sort()
      const all = await Promise.all(names.map((name) => known(caller, name, mappings.get(name), around)))
      return all.filter((eventType) => eventType !== undefined)
    },
    async get(caller, name) {
      const found = await known(caller, name, await port.mapping(caller, name), await aroundOf(caller))
      if (found === undefined) throw notFound('event type')
      return found
    },
  }
}

/** Records that were unreadable are of no type: under an empty name, clients would ask for the list itself, and delete it. */
function isNamed(name: string): boolean {
  return name !== ''
}

/** What a caller may not see is left out of what they may. */
function noneWhereForbidden(error: unknown): undefined {
  if (hasCode(error, 'forbidden')) return undefined
  throw error
}
