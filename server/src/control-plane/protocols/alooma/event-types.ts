/** Event types and their mappings (ALOOMA-12 to 24, 70). */
import { MillraceError } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import { notFound } from '../../operations/operation.ts'
import { eventTypeOf, type KnownEventType, summaryOf } from './event-type-shape.ts'
import { nodeIds } from './nodes.ts'
import { readMapping, readMappingMode } from './read-mapping.ts'
import type { AloomaParts, On } from './route.ts'
import { nothingSeen, seenIn } from './seen-fields.ts'

export function eventTypeRoutes(on: On, { port, kept }: AloomaParts): void {
  /** Whoever may see the mapping may not always see what events hold. */
  const seenOf = async (caller: Caller, eventType: string) => {
    const samples = await port.samples(caller, { eventType, statuses: [] }).catch(noneWhereRefused)
    return samples ? seenIn(samples) : nothingSeen
  }

  const list = async (caller: Caller): Promise<KnownEventType[]> => {
    const mappings = new Map((await port.mappings(caller)).map((mapping) => [mapping.eventType, mapping]))
    const counts = (await port.sampleCounts(caller).catch(noneWhereRefused)) ?? {}
    const said = new Map((await kept.list(caller, 'mapping')).map(({ id, value }) => [id, value]))
    const defaultMode = await port.mappingMode(caller)
    const names = [...new Set([...mappings.keys(), ...Object.keys(counts)])].sort()
    return Promise.all(
      names.map(async (name) => ({
        name,
        mapping: mappings.get(name),
        said: said.get(name) ?? {},
        seen: name in counts ? await seenOf(caller, name) : nothingSeen,
        defaultMode,
        outputId: nodeIds.output,
      })),
    )
  }

  on('GET', '/event-types', 'event-types:read', async ({ caller }) => (await list(caller)).map(summaryOf))

  on('GET', '/event-types/:name', 'event-types:read', async ({ caller, params }) => {
    const name = params['name']!
    const mapping = await port.mapping(caller, name)
    const seen = await seenOf(caller, name)
    if (mapping === undefined && seen.eventCount === 0) throw notFound('event type')
    const said = (await kept.get(caller, 'mapping', name)) ?? {}
    const defaultMode = await port.mappingMode(caller)
    return eventTypeOf({ name, mapping, said, seen, defaultMode, outputId: nodeIds.output })
  })

  on('POST', '/event-types/:name/mapping', 'event-types:write', async ({ caller, params, body }) => {
    const name = params['name']!
    const { draft, said } = readMapping(body, { defaultMode: await port.mappingMode(caller) })
    await port.setMapping(caller, name, draft)
    await kept.put(caller, 'mapping', name, { ...said })
    return { name }
  })

  on('DELETE', '/event-types/:name', 'event-types:write', async ({ caller, params }) => {
    const name = params['name']!
    const mapping = await port.mapping(caller, name)
    if (mapping !== undefined) await port.deleteMapping(caller, name)
    else if ((await seenOf(caller, name)).eventCount === 0) throw notFound('event type')
    await kept.remove(caller, 'mapping', name)
    await port.clearStats(caller, name).catch(noneWhereMissing)
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
function noneWhereRefused(error: unknown): undefined {
  if (error instanceof MillraceError && ['forbidden', 'not_implemented'].includes(error.code)) return undefined
  throw error
}

function noneWhereMissing(error: unknown): undefined {
  if (error instanceof MillraceError && ['not_found', 'not_implemented'].includes(error.code)) return undefined
  throw error
}
