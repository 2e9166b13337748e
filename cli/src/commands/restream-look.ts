/** `millrace restream clusters`, `list` and `show`: what could not go on, and why. */
import { bodyOf } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { type ConnectionOptions, connect, listItems } from '../connection.ts'
import { printable } from '../output.ts'
import { formatCount } from '../quantities.ts'
import { renderTable } from '../table.ts'
import type { Run } from './command.ts'
import { type FilterOptions, filterOf, type PageOptions } from './restream-filter.ts'

export type ListOptions = PageOptions & FilterOptions

export async function clusters({ world, output }: Run, options: PageOptions): Promise<void> {
  const client = await connect(world, options)
  const found = await listItems(
    (page) => bodyOf(client.GET('/api/v1/restream/clusters', { params: { query: page } })),
    options.limit,
  )
  output.show(found, () => {
    if (found.length === 0) return 'Nothing waits.'
    const rows = found.map(({ fingerprint, count, stage, code, pattern, eventTypes, lastFailedAt, examples }) => [
      fingerprint,
      formatCount(count),
      stage,
      code,
      pattern,
      eventTypes.map(({ name }) => name).join(', '),
      lastFailedAt,
      examples[0],
    ])
    return renderTable(['cluster', 'events', 'stage', 'code', 'reason', 'event types', 'last', 'example'], rows)
  })
}

export async function list({ world, output }: Run, options: ListOptions): Promise<void> {
  const client = await connect(world, options)
  const entries = await listItems(
    (page) => bodyOf(client.GET('/api/v1/restream', { params: { query: { ...filterOf(options), ...page } } })),
    options.limit,
  )
  output.show(entries, () => {
    if (entries.length === 0) return 'Nothing waits.'
    const rows = entries.map(({ offset, eventType, input, stage, code, message, restreamCount, isSent }) => [
      offset,
      eventType,
      input.label,
      stage,
      code,
      message,
      restreamCount,
      isSent ? 'on its way' : 'waits',
    ])
    return renderTable(['offset', 'event type', 'input', 'stage', 'code', 'reason', 'sent before', 'state'], rows)
  })
  if (entries.length === options.limit)
    output.warn(`There may be more: these are the first ${formatCount(entries.length)} (--limit).`)
}

export async function show({ world, output }: Run, options: ConnectionOptions, offset: string): Promise<void> {
  const client = await connect(world, options)
  const entry = await bodyOf(client.GET('/api/v1/restream/{offset}', { params: { path: { offset } } }))
  output.show([entry], () => {
    const { raw } = entry
    const lines = factsOf(entry).map(([name, value]) => `${name.padEnd(14)}${printable(String(value))}`)
    return [...lines, '', raw.encoding === 'utf8' ? printable(raw.data) : `base64 ${raw.data}`].join('\n')
  })
}

function factsOf(entry: components['schemas']['RestreamEntry']): [name: string, value: unknown][] {
  const { offset, eventId, eventType, receivedAt, stage, code, message, subject, fingerprint } = entry
  const { transformVersion, mappingVersion, restreamCount, firstFailedAt, failedAt, attempts, isSent, input } = entry
  const facts: [string, unknown][] = [
    ['offset', offset],
    ['event', eventId],
    ['event type', eventType],
    ['input', input.label],
    ['received', receivedAt],
    ['stage, code', `${stage}, ${code}`],
    ['reason', message],
    ['place', subject],
    ['cluster', fingerprint],
    ['code version', transformVersion],
    ['mapping', mappingVersion],
    ['failed', firstFailedAt === failedAt ? failedAt : `${firstFailedAt} first, ${failedAt} last`],
    ['attempts', attempts],
    ['sent before', restreamCount],
    ['state', isSent ? 'on its way' : 'waits'],
  ]
  return facts.filter(([, value]) => value !== undefined)
}
