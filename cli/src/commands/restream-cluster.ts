/** `millrace restream cluster`: what failed for one reason, when, and with which events. */
import { bodyOf } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { type ConnectionOptions, connect } from '../connection.ts'
import { printable } from '../output.ts'
import { formatCount } from '../quantities.ts'
import type { Run } from './command.ts'

type Cluster = components['schemas']['RestreamCluster']

const hourMs = 3_600_000
const hours = 48
const bars = '▁▂▃▄▅▆▇█'

export async function cluster({ world, output }: Run, options: ConnectionOptions, fingerprint: string): Promise<void> {
  const client = await connect(world, options)
  const found = await bodyOf(
    client.GET('/api/v1/restream/clusters/{fingerprint}', { params: { path: { fingerprint } } }),
  )
  output.show([found], () => describe(found, Date.now()))
}

function describe(found: Cluster, now: number): string {
  const { pattern, subject, count, sent, firstFailedAt, lastFailedAt, examples } = found
  const named = (ones: Cluster['inputs']) => ones.map(({ name, count }) => `${name} (${formatCount(count)})`).join(', ')
  const facts = {
    reason: pattern,
    ...(subject !== undefined && { place: subject }),
    'stage, code': `${found.stage}, ${found.code}`,
    events: sent === 0 ? formatCount(count) : `${formatCount(count)}, ${formatCount(sent)} of them on their way`,
    'event types': named(found.eventTypes),
    inputs: named(found.inputs),
    'first, last': `${firstFailedAt} to ${lastFailedAt}`,
    [`last ${hours} h`]: timeLine(found.timeline, now),
    examples: examples.map((offset) => `millrace restream show ${offset}`).join(', '),
    newest: found.message,
  }
  const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(14)}${printable(value)}`)
  return lines.join('\n')
}

/** A character an hour, the running one last; a point where nothing failed. */
export function timeLine(timeline: Cluster['timeline'], now: number): string {
  const last = Math.floor(now / hourMs)
  const most = Math.max(...timeline.map(({ count }) => count))
  const counts = new Map(timeline.map(({ hour, count }) => [Math.floor(Date.parse(hour) / hourMs), count]))
  return Array.from({ length: hours }, (_, place) => {
    const count = counts.get(last - hours + 1 + place) ?? 0
    return count === 0 ? '·' : bars[Math.ceil((count / most) * bars.length) - 1]
  }).join('')
}
