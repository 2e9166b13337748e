/** The client: takes events, keeps them, and answers for every one of them. Where it runs is the platform's business. */
import { listContents } from './batch.ts'
import { openBuckets } from './buckets.ts'
import { openCore } from './core.ts'
import { openDraft } from './draft.ts'
import { SdkError } from './errors.ts'
import { openKeeper } from './keeper.ts'
import type { Platform } from './platform.ts'
import { openSender } from './sender.ts'
import { hold, pause } from './timer.ts'
import type { Client, ClientOptions, EventMap, FlushOptions, FlushResult, PutResult, TrackOptions } from './types.ts'
import { errorOfVerdict } from './verdict-errors.ts'

/** @throws SdkError `misuse`: there is no endpoint or no key. */
export function createClientOn<Events extends EventMap>(platform: Platform, options: ClientOptions): Client<Events> {
  const core = openCore(platform, options)
  const { backlog, counts, delivery, drop, emitter, newBatchId, now, settings, spool } = core
  const keeper = openKeeper(core, options.onFull)
  core.keeper = keeper
  const sender = openSender(core)
  core.sender = sender
  const draft = openDraft(core, options)
  let isClosed = false
  let closing: Promise<FlushResult> | undefined

  function track(type: string, data: unknown, trackOptions?: TrackOptions): boolean {
    try {
      return take(type, data, trackOptions)
    } catch (error) {
      if (core.debugLevel >= 2) throw error
      drop('invalid', 1, { stream: String(type) })
      return false
    }
  }

  function take(type: string, data: unknown, trackOptions: TrackOptions | undefined): boolean {
    if (isClosed) {
      drop('closed', 1, { stream: type })
      return false
    }
    if (settings.sampleRate < 1 && core.random() >= settings.sampleRate) {
      counts.dropped.sampled = (counts.dropped.sampled ?? 0) + 1
      return true
    }
    const drafted = draft(type, data, trackOptions)
    if ('event' in drafted) {
      const { event, bytes } = drafted
      core.debug(1, () => `event ${event.stream} ${event.data}`)
      return keeper.take(event, bytes)
    }
    const { reason, misuse } = drafted
    const isFiltered = reason === 'filtered'
    if (isFiltered) counts.filtered++
    drop(reason, 1, { stream: type })
    if (misuse && core.debugLevel >= 2) throw misuse
    if (misuse) counts.lastError = misuse
    return isFiltered
  }

  const flush = (flushOptions?: FlushOptions): Promise<FlushResult> => {
    const letGo = hold()
    return flushUnheld(flushOptions).finally(letGo)
  }

  /** Only its requests keep the process. */
  async function flushUnheld({
    timeoutMs = Number.POSITIVE_INFINITY,
    signal,
  }: FlushOptions = {}): Promise<FlushResult> {
    const { acked, rejected } = counts
    const [calm, stop] = [sender.hurry(), new AbortController()]
    const end = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal
    await Promise.race([keeper.settledUpToNow(), pause(timeoutMs, end)])
    stop.abort()
    calm()
    return {
      acked: counts.acked - acked,
      rejected: counts.rejected - rejected,
      spooled: spool?.count ?? 0,
      pending: keeper.pending,
    }
  }

  /** Nothing is sent any more: what is left goes to the spool, or is lost and counted. */
  function spoolRest(): { spooled: number; lost: number } {
    const { spooled, lost } = keeper.spoolRest()
    if (lost.length > 0) drop('closed', lost.length, lost[0])
    return { spooled, lost: lost.length }
  }

  const unwatch = platform.watchExit?.(
    {
      keeps: spool !== undefined,
      flush: (timeoutMs) => (spool ? flushUnheld : flush)({ timeoutMs }),
      close: (timeoutMs) => close({ timeoutMs }),
      spoolRest: () => spoolRest().lost,
      sendLast: () => void sendLast(),
      get pending() {
        return isClosed ? 0 : keeper.pending
      },
    },
    options,
  )

  function close({ timeoutMs = settings.shutdownTimeout }: { timeoutMs?: number } = {}): Promise<FlushResult> {
    isClosed = true
    closing ??= flush({ timeoutMs }).then(async (result) => {
      sender.stop()
      const { spooled } = spoolRest()
      unwatch?.()
      await spool?.close()
      return { ...result, spooled: result.spooled + spooled, pending: 0 }
    })
    return closing
  }

  async function putEvents(type: string, data: readonly unknown[], trackOptions?: TrackOptions): Promise<PutResult> {
    const misuse = (message: string) => new SdkError('misuse', message, { time: now() })
    const events = data.map((one) => {
      const drafted = draft(type, one, trackOptions)
      if ('event' in drafted) return drafted.event
      throw drafted.misuse ?? misuse(`The event is ${drafted.reason}`)
    })
    if (events.length === 0) throw misuse('There is no event to put')
    const verdict = await delivery.send(await delivery.prepare(listContents(events), newBatchId()))
    if (verdict.kind !== 'acknowledged')
      throw errorOfVerdict(verdict, { time: now(), sentData: () => events.map((event) => event.data) })
    const rejected = verdict.rejected?.length ?? 0
    return { status: verdict.status, accepted: events.length - rejected, rejected }
  }

  /** What fits into one request, while the page goes. */
  async function sendLast(): Promise<void> {
    const batch = backlog.take(performance.now(), true)
    if (!batch) return
    sender.underWay.add(batch)
    const verdict = await delivery.send(await delivery.prepare(batch.contents, newBatchId(), true), undefined, true)
    sender.underWay.delete(batch)
    if (verdict.kind === 'acknowledged') {
      counts.acked += batch.count
      keeper.settled(batch)
    } else backlog.putBack(batch)
  }

  sender.wake()
  return {
    ...openBuckets(core, { track, flush }, options.bucket),
    track,
    write: (table, data) => track(table, data),
    ready() {
      const letGo = hold()
      return keeper.ready().finally(letGo)
    },
    flush,
    async sync() {
      const { lost } = keeper.spoolRest()
      await spool?.sync()
      if (lost.length > 0) throw new SdkError('spool', `${lost.length} events are on no disk`, { time: now() })
    },
    close,
    stop: close,
    putEvent: (type, data, trackOptions) => putEvents(type, [data], trackOptions),
    putEvents,
    on: emitter.on,
    stats: () => ({
      ...counts,
      dropped: { ...counts.dropped },
      pending: keeper.pending,
      spooledNow: spool?.count ?? 0,
    }),
    setDebug(level) {
      core.debugLevel = level
    },
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}
