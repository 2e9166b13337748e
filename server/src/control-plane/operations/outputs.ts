/** Where rows go: the workspace's destination, told without its secrets, and how it is doing. */
import type { MetricSeries } from '../../minute-metrics.ts'
import type { DataPlane, DestinationDescription } from '../data-plane.ts'
import { operation } from './operation.ts'

export interface Output extends DestinationDescription {
  readonly id: string
  /** `stopped`: rows wait in the log until somebody acts; `held`: until the restream queue has room. */
  readonly state: 'running' | 'held' | 'stopped'
  /** Why, where it is not running. */
  readonly reason: string | null
  readonly tableCount: number
  /** Of all tables, those that scheduled queries make included. */
  readonly rowCount: number
  /** On disk. */
  readonly bytes: number
  /** Events that wait in the log. */
  readonly lagEvents: number
  /** Events that became rows in the last whole minute. */
  readonly loadedPerMinute: number
}

const minuteMs = 60_000

export function outputOperations(dataPlane: DataPlane, now: () => number) {
  return {
    /** There is one. */
    list: operation('status:read', async ({ workspace }): Promise<Output[]> => {
      const [{ partitions, restream, disk }, tables, series] = await Promise.all([
        dataPlane.status(workspace),
        dataPlane.tables(workspace),
        dataPlane.observations(workspace).metrics({
          names: ['LOADED_EVENTS_RATE'],
          from: now() - 2 * minuteMs,
          resolutionMinutes: 1,
        }),
      ])
      const stopped = partitions.find((partition) => partition.stopped !== undefined)?.stopped
      return [
        {
          ...dataPlane.destination(workspace),
          id: 'destination',
          state: stopped !== undefined ? 'stopped' : restream.isFull ? 'held' : 'running',
          reason: stopped ?? (restream.isFull ? 'The restream queue is full' : null),
          tableCount: tables.length,
          rowCount: tables.reduce((sum, { rowCount }) => sum + rowCount, 0),
          bytes: disk.destination,
          lagEvents: partitions.reduce((sum, { log, position }) => sum + Math.max(0, Number(log.end - position)), 0),
          loadedPerMinute: lastWhole(series),
        },
      ]
    }),
  }
}

/** Of the minute before the one that is running. */
function lastWhole([series]: readonly MetricSeries[]): number {
  return series?.points.at(-2)?.value ?? 0
}
