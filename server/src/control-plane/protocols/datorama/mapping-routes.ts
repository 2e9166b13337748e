/** The mapping of a data stream (DATORAMA-25, 26), at paths without `/v1`, where the client looks for it (DATORAMA-Q1). */
import type { Caller } from '../../operations/operation.ts'
import { refused } from './bodies.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import { entriesOf, readMapping } from './mapping-shape.ts'
import { placeOf } from './places.ts'
import type { On } from './route.ts'
import { eventTypeOf, type KnownStream } from './stream-shape.ts'
import { openStreams } from './streams.ts'

export function mappingRoutes(on: On, parts: DatoramaParts): void {
  const { port, kept, numbers } = parts
  const streams = openStreams(parts)

  const told = async (caller: Caller, { id, source, mapping }: KnownStream) => ({
    ...(await kept.get(caller, 'mapping', id)),
    dataStreamId: await numbers.one('stream', caller.workspace, id),
    eventType: eventTypeOf(source) ?? null,
    table: mapping?.table ?? null,
    mode: mapping?.mode ?? null,
    mappings: entriesOf(mapping),
  })

  on('GET', '/api/:id/mapping', async ({ visitor, params }) => {
    const { caller, id } = await placeOf(parts, visitor, 'stream', params['id'], 'event-types:read')
    return told(caller, await streams.get(caller, id))
  })

  on('PUT', '/api/:id/mapping', async ({ visitor, params, body }) => {
    const { caller, id } = await placeOf(parts, visitor, 'stream', params['id'], 'event-types:write')
    const stream = await streams.get(caller, id)
    const { fields, others } = readMapping(body, stream.mapping)
    const eventType = eventTypeOf(stream.source)
    if (fields !== undefined && (fields.length > 0 || stream.mapping !== undefined)) {
      if (eventType === undefined) throw refused('The data stream retrieves nothing yet: its config names no table')
      await port.setFields(caller, eventType, fields)
    }
    await kept.put(caller, 'mapping', id, others)
    return told(caller, await streams.get(caller, id))
  })
}
