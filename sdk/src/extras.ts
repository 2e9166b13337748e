/**
 * What few pages need, and none has to load: values of series, requests past the backlog, and what is told at the debug levels. In
 * Node every client has it; in pages and workers `createClient({ …, extras })`.
 */

import { listContents } from './batch.ts'
import { openBuckets } from './buckets.ts'
import { tellWhatHappens } from './debug.ts'
import type { Extras } from './parts.ts'
import type { PutResult, TrackOptions } from './types.ts'
import { errorOfVerdict } from './verdict-errors.ts'

export const extras: Extras = (core, client, options) => {
  const { delivery, error } = core
  tellWhatHappens(core, options)

  async function putEvents(type: string, data: readonly unknown[], trackOptions?: TrackOptions): Promise<PutResult> {
    const events = data.map((one) => {
      const drafted = core.draft(type, one, trackOptions)
      if (typeof drafted === 'string') throw error('misuse', `The event is ${drafted}`)
      return drafted[0]
    })
    if (events.length === 0) throw error('misuse', 'There is no event to put')
    const verdict = await delivery.send(await delivery.prepare(listContents(events), core.newBatchId()))
    if (verdict.kind !== 'acknowledged') {
      throw errorOfVerdict(core, verdict, { sentData: () => events.map((event) => event.data) })
    }
    const rejected = verdict.rejected?.length ?? 0
    return { status: verdict.status, accepted: events.length - rejected, rejected }
  }

  return {
    ...openBuckets(core, client, options),
    putEvent: (type, data, trackOptions) => putEvents(type, [data], trackOptions),
    putEvents,
  }
}
