/** Buckets, and the values that are logged into them. */

import { newUuid } from './ids.ts'
import type { Core } from './parts.ts'
import { backoffMs } from './retry.ts'
import { unheld } from './timer.ts'
import type { BucketOptions, Client, ClientOptions, SeriesLogger, Verdict, WireRequest } from './types.ts'
import { namedValues, seriesValue } from './values.ts'

/** `sign` of the caller threw: it is asked again. */
const unsigned = (): Verdict => ({ kind: 'retry', message: 'No request' })

/** How often a name is told to a server that does not answer. */
const namingAttemptsMax = 8

export function openBuckets(
  core: Core,
  { track, flush }: Pick<Client, 'track' | 'flush'>,
  options: ClientOptions,
): SeriesLogger & Pick<Client, 'setBucket' | 'bucket'> {
  const { now, delivery, wire, settings, random } = core
  /** The server learns a name when it can; values do not wait for it. */
  async function tellName(key: string, name: string): Promise<void> {
    const request = options.wire === undefined ? millraceBucket(core, key, name) : wire.nameBucket?.(key, name)
    for (let attempt = 0; request !== undefined && attempt < namingAttemptsMax; attempt++) {
      const verdict = await delivery.dress(request).then(delivery.send, unsigned)
      if (verdict.kind !== 'retry' || (verdict.status !== undefined && verdict.status < 300)) return
      const waitMs = verdict.retryAfterMs ?? backoffMs(attempt, settings, random)
      await new Promise<void>((resolve) => unheld(resolve, waitMs))
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

  let current: string | undefined = options.bucket && open(options.bucket)
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

/** How Millrace is told a bucket's name. */
function millraceBucket({ address }: Core, key: string, name: string): WireRequest | undefined {
  if (name === '') return undefined
  return {
    method: 'PUT',
    url: `${address.endpoint.replace(/\/+$/, '')}/api/v1/buckets/${encodeURIComponent(key)}`,
    headers: { authorization: `Bearer ${address.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  }
}
