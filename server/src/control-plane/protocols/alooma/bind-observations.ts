/** Samples, notifications and metrics: bound to the operations of what is observed. */
import { parseExactly } from '../../../exact-json.ts'
import type { MetricName } from '../../../minute-metrics.ts'
import type { Sample as NativeSample } from '../../../samples.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort, MetricPoint, MetricRange, Sample } from './alooma-port.ts'

type ObservationPort = Pick<
  AloomaPort,
  'samples' | 'sampleCounts' | 'notifications' | 'publishNotification' | 'metrics' | 'throughput'
>

const samplesMax = 10
const minuteMs = 60_000
/** Of one answer, of a metric a minute. */
const pointsMax = 20_000

/** Those that add up: many minutes of them are their sum. */
const additive: ReadonlySet<string> = new Set([
  'EVENT_SIZE_TOTAL',
  'INCOMING_EVENTS',
  'RESTREAMED_EVENTS',
  'UNMAPPED_EVENTS',
  'IGNORED_EVENTS',
  'ERROR_EVENTS',
  'LOADED_EVENTS_RATE',
])

export function bindObservations({ samples, notifications, metrics }: Operations): ObservationPort {
  return {
    async samples(caller, filter) {
      return (await samples.list(caller, filter, samplesMax)).map(sampleOf)
    },
    async sampleCounts(caller) {
      const counts: Record<string, Record<string, number>> = {}
      for (const { eventType, status, count } of await samples.stats(caller)) {
        counts[eventType] = { ...counts[eventType], [status]: count }
      }
      return counts
    },
    async notifications(caller, from) {
      return (await notifications.since(caller, from)).map(
        ({ severity, type, typeDescription, message, eventType, count, lastAt }) => ({
          severity,
          type,
          title: typeDescription,
          message,
          eventType,
          count,
          at: lastAt,
        }),
      )
    },
    async publishNotification(caller, { severity, type, title, message }) {
      await notifications.publish(caller, { severity, type, typeDescription: title, subject: title, message })
    },
    async metrics(caller, names, range) {
      const read = (name: string, { minutes, resolutionMinutes }: MetricRange) => {
        const from = Date.now() - minutes * minuteMs
        return metrics.read(caller, { names: [name as MetricName], from, resolutionMinutes })
      }
      return Promise.all(
        names.map(async (name) => {
          const isSummed = additive.has(name) && range.resolutionMinutes > 1 && range.minutes <= pointsMax
          const [series] = await read(name, isSummed ? { ...range, resolutionMinutes: 1 } : range)
          return isSummed ? summed(series!.points, range) : series!.points
        }),
      )
    },
    async throughput(caller) {
      const names = ['INCOMING_EVENTS', 'RESTREAMED_EVENTS', 'LOADED_EVENTS_RATE'] as const
      const now = Date.now()
      const all = await metrics.read(caller, { names, from: now - minuteMs, resolutionMinutes: 1 })
      const [received = 0, restreamed = 0, loaded = 0] = all.map(({ points }) => lastMinute(points, now))
      return { received, restreamed, loaded }
    },
  }
}

/**
 * Intervals that end now, whose sum is that of the minutes asked for: ours begin at the hour, and the first and the last of them
 * would hold more.
 */
function summed(points: readonly MetricPoint[], { minutes, resolutionMinutes }: MetricRange): MetricPoint[] {
  const wanted = points.slice(-Math.max(1, minutes))
  const intervals: MetricPoint[] = []
  for (let end = wanted.length; end > 0; end -= resolutionMinutes) {
    const part = wanted.slice(Math.max(0, end - resolutionMinutes), end)
    const measured = part.filter(({ value }) => value !== null)
    const value = measured.length === 0 ? null : measured.reduce((sum, point) => sum + point.value!, 0)
    intervals.unshift({ at: part[0]!.at, value })
  }
  return intervals
}

/** Of the minute under way, and of the one before as much as makes it sixty seconds. */
function lastMinute(points: readonly MetricPoint[], now: number): number {
  const [before, running] = points.slice(-2)
  if (running === undefined) return Math.round(before?.value ?? 0)
  const rest = 1 - Math.min(1, Math.max(0, (now - running.at) / minuteMs))
  return Math.round((running.value ?? 0) + (before?.value ?? 0) * rest)
}

/** A sample that is no JSON object is told as its text; numbers keep all their digits. */
export function sampleOf({ raw, metadata, status, eventType, at }: NativeSample): Sample {
  const text = Buffer.from(raw).toString()
  return { event: { ...dataOf(text), _metadata: metadata }, status, eventType, at }
}

function dataOf(text: string): Record<string, unknown> {
  try {
    const data: unknown = parseExactly(text)
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>
  } catch {
    // as it is
  }
  return { message: text }
}
