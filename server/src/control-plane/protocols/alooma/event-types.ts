/** Event types and their mappings (ALOOMA-12 to 24, 70). */
import { hasCode } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import { notFound } from '../../operations/operation.ts'
import { eventTypeOf, type KnownEventType, summaryOf } from './event-type-shape.ts'
import type { NativeMapping } from './mapping-draft.ts'
import { nodeIds } from './nodes.ts'
import { readMapping, readMappingMode } from './read-mapping.ts'
import type { AloomaParts, On } from './route.ts'
import { defaultSchema, nativeTable, schemasOf } from './schemas.ts'
import { seenOf } from './seen-fields.ts'

export function eventTypeRoutes(on: On, { port, kept, operations }: AloomaParts): void {
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

  const list = async (caller: Caller): Promise<KnownEventType[]> => {
    const around = await aroundOf(caller)
    const mappings = new Map((await port.mappings(caller)).map((mapping) => [mapping.eventType, mapping]))
    const counts = (await port.sampleCounts(caller).catch(noneWhereForbidden)) ?? {}
    const names = [...new Set([...mappings.keys(), ...Object.keys(counts)])].sort()
    const all = await Promise.all(names.map((name) => known(caller, name, mappings.get(name), around)))
    return all.filter((eventType) => eventType !== undefined)
  }
  const one = async (caller: Caller, name: string): Promise<KnownEventType> => {
    const found = await known(caller, name, await port.mapping(caller, name), await aroundOf(caller))
    if (found === undefined) throw notFound('event type')
    return found
  }

  on('GET', '/event-types', 'event-types:read', async ({ caller }) => (await list(caller)).map(summaryOf))
  on('GET', '/event-types/:name', 'event-types:read', async ({ caller, params }) =>
    eventTypeOf(await one(caller, params['name']!)),
  )

  on('POST', '/event-types/:name/mapping', 'event-types:write', async ({ caller, params, body }) => {
    const name = params['name']!
    const { draft, said } = readMapping(body, { defaultMode: await port.mappingMode(caller) })
    const place = { schemaName: said.schema || defaultSchema, tableName: draft.table }
    const table = draft.table === '' ? '' : await nativeTable({ kept, operations }, caller, place)
    await port.setMapping(caller, name, { ...draft, table })
    await kept.put(caller, 'mapping', name, { ...said })
    return { name }
  })

  on('DELETE', '/event-types/:name', 'event-types:write', async ({ caller, params }) => {
    const { name, mapping } = await one(caller, params['name']!)
    if (mapping !== undefined) await port.deleteMapping(caller, name)
    await port.clearStats(caller, name)
    await kept.remove(caller, 'mapping', name)
    await kept.put(caller, 'event-type-deleted', name, { at: Date.now() })
    return { name }
  })

  const clear = async (caller: Caller, name: string): Promise<undefined> => {
    await port.clearStats(caller, name)
    return undefined
  }
  on('DELETE', '/event-types/:name/clear-stats', 'event-types:write', ({ caller, params }) =>
    clear(caller, params['name']!),
  )
  /** The tool that asks this does not encode the name. */
  on('DELETE', '/event-types/*', 'event-types:write', ({ caller, params }) => {
    const name = /^(.+)\/clear-stats$/.exec(params['*']!)?.[1]
    if (name === undefined) throw notFound('event type')
    return clear(caller, name)
  })

  on('GET', '/mapping-mode', 'event-types:read', ({ caller }) => port.mappingMode(caller))
  on('POST', '/mapping-mode', 'event-types:write', async ({ caller, body }) => {
    const mode = readMappingMode(body)
    await port.setMappingMode(caller, mode)
    return mode
  })
}

/** What a caller may not see is left out of what they may. */
function noneWhereForbidden(error: unknown): undefined {
  if (hasCode(error, 'forbidden')) return undefined
  throw error
}
