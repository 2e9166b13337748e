/** Event types and their mappings (ALOOMA-12 to 24, 70). */
import type { Caller } from '../../operations/operation.ts'
import { notFound } from '../../operations/operation.ts'
import { eventTypeOf, summaryOf } from './event-type-shape.ts'
import { openEventTypes } from './known-event-types.ts'
import { readMapping, readMappingMode } from './read-mapping.ts'
import type { AloomaParts, On } from './route.ts'
import { defaultSchema, nativeTable } from './schemas.ts'

export function eventTypeRoutes(on: On, parts: AloomaParts): void {
  const { port, kept } = parts
  const eventTypes = openEventTypes(parts)

  on('GET', '/event-types', 'event-types:read', async ({ caller }) => (await eventTypes.list(caller)).map(summaryOf))
  on('GET', '/event-types/:name', 'event-types:read', async ({ caller, params }) =>
    eventTypeOf(await eventTypes.get(caller, params['name']!)),
  )

  on('POST', '/event-types/:name/mapping', 'event-types:write', async ({ caller, params, body }) => {
    const name = params['name']!
    const { draft, said } = readMapping(body, { defaultMode: await port.mappingMode(caller) })
    const place = { schemaName: said.schema || defaultSchema, tableName: draft.table }
    const table = draft.table === '' ? '' : await nativeTable(parts, caller, place)
    await port.setMapping(caller, name, { ...draft, table })
    await kept.put(caller, 'mapping', name, { ...said })
    return { name }
  })

  on('DELETE', '/event-types/:name', 'event-types:write', async ({ caller, params }) => {
    const { name, mapping } = await eventTypes.get(caller, params['name']!)
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
