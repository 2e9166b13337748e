/** What a tap says by --discover that it could fetch, and the same with a choice made, as it wants to be told. */
import { z } from 'zod'
import type { Resource } from '../../../resources.ts'
import { NotRetryable } from '../../connector.ts'

const metadata = z.looseObject({ breadcrumb: z.array(z.string()), metadata: z.record(z.string(), z.unknown()) })
const stream = z.looseObject({
  tap_stream_id: z.string(),
  stream: z.string().optional(),
  schema: z.looseObject({ properties: z.record(z.string(), z.unknown()).default({}) }),
  metadata: z.array(metadata).default([]),
})
const catalog = z.looseObject({ streams: z.array(stream) })
export type SingerCatalog = z.output<typeof catalog>
type Stream = z.output<typeof stream>

/** @throws NotRetryable: it is none. */
export function readCatalog(text: string): SingerCatalog {
  try {
    return catalog.parse(JSON.parse(text))
  } catch {
    // Without the parser's words, which quote what the tap wrote.
    throw new NotRetryable('What the tap says by --discover is no catalog')
  }
}

/** All streams where none is named. @throws NotRetryable: a name is none of the tap's. */
export function choose({ streams, ...rest }: SingerCatalog, wanted: readonly string[]): SingerCatalog {
  const names = streams.map(({ tap_stream_id }) => tap_stream_id)
  const unknown = wanted.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new NotRetryable(`The tap has no stream ${JSON.stringify(unknown)}; it has ${names.join(', ') || 'none'}`)
  const isWanted = ({ tap_stream_id }: Stream) => wanted.length === 0 || wanted.includes(tap_stream_id)
  return { ...rest, streams: streams.map((one) => marked(one, isWanted(one))) }
}

/** By metadata, and by the schema's `selected`, which older taps look at. */
function marked(one: Stream, selected: boolean): Stream {
  const whole = one.metadata.find(({ breadcrumb }) => breadcrumb.length === 0)
  const others = one.metadata.filter((entry) => entry !== whole)
  return {
    ...one,
    schema: { ...one.schema, selected },
    metadata: [...others, { breadcrumb: [], ...whole, metadata: { ...whole?.metadata, selected } }],
  }
}

export function resourcesOf({ streams }: SingerCatalog): Resource[] {
  return streams.map(({ tap_stream_id: id, stream: title = id, schema }) => ({
    id,
    title,
    available: true,
    fields: Object.entries(schema.properties).map(([name, property]) => ({ name, type: typeNameOf(property) })),
  }))
}

function typeNameOf(property: unknown): string {
  const { type, format } = (property ?? {}) as { type?: unknown; format?: unknown }
  const types = [type].flat().filter((one): one is string => typeof one === 'string' && one !== 'null')
  return `${types.join(' or ') || 'any'}${typeof format === 'string' ? ` (${format})` : ''}`
}
