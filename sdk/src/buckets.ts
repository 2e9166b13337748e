/** Buckets, and the values that are logged into them. */
import type { Delivery } from './delivery.ts'
import { newUuid } from './ids.ts'
import { backoffMs } from './retry.ts'
import { namedValues, seriesValue } from './series.ts'
import { pause } from './timer.ts'
import type { BucketOptions, Client, SeriesLogger, TrackOptions, Wire } from './types.ts'

interface BucketParts {
  readonly track: (type: string, data: object, options: TrackOptions) => boolean
  readonly flush: Client['flush']
  readonly now: () => number
  readonly delivery: Delivery
  readonly wire: Wire
  readonly retry: { readonly retryBase: number; readonly retryCap: number }
  readonly random: () => number
  readonly first: BucketOptions | undefined
}

/** How often a name is told to a server that does not answer. */
const namingAttemptsMax = 8

export function openBuckets(parts: BucketParts): SeriesLogger & Pick<Client, 'setBucket' | 'bucket'> {
  const { track, flush, now, delivery, wire, retry, random } = parts

  /** The server learns a name when it can; values do not wait for it. */
  async function tellName(key: string, name: string): Promise<void> {
    const request = wire.nameBucket?.(key, name)
    for (let attempt = 0; request !== undefined && attempt < namingAttemptsMax; attempt++) {
      const verdict = await delivery.ask(request)
      if (verdict.kind !== 'retry' || (verdict.status !== undefined && verdict.status < 300)) return
      await pause(
        verdict.retryAfterMs ?? backoffMs(attempt, { baseMs: retry.retryBase, capMs: retry.retryCap }, random),
      )
    }
  }

  const loggerOf = (keyOf: () => string): SeriesLogger => {
    const log = (key: string, value: unknown, epoch?: number | Date): boolean => {
      const data = seriesValue(key, value, epoch, now())
      return track(keyOf(), data, { time: data.epoch * 1000 })
    }
    return {
      log,
      logObject(values, keyPrefix, epoch) {
        const at = epoch ?? now() / 1000 // all values of one object are of one moment
        let count = 0
        for (const [key, value] of namedValues(values, keyPrefix)) {
          log(key, value, at)
          count++
        }
        return count
      },
      flush,
    }
  }
  const open = ({ key = newUuid(), name }: BucketOptions): string => {
    if (name !== undefined) void tellName(key, name)
    return key
  }

  let current: string | undefined = parts.first && open(parts.first)
  return {
    ...loggerOf(() => {
      current ??= open({})
      return current
    }),
    setBucket(bucket) {
      current = open(bucket)
      return current
    },
    bucket(key, name) {
      open({ key, ...(name === undefined ? {} : { name }) })
      return loggerOf(() => key)
    },
  }
}
