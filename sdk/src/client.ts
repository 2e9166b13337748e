/** The client: takes events, keeps them, and answers for every one of them. Where it runs is the platform's business. */

import { openCore } from './core.ts'
import { openDraft } from './draft.ts'
import { SdkError } from './errors.ts'
import { openKeeper } from './keeper.ts'
import type { Extras, Platform } from './parts.ts'
import { openSender } from './sender.ts'
import { never, unheld } from './timer.ts'
import type { Client, ClientOptions, DropReason, EventMap, FlushOptions, FlushResult, TrackOptions } from './types.ts'

/** @throws SdkError `misuse`: there is no endpoint or no key. */
export function createClientOn<Events extends EventMap>(platform: Platform, options: ClientOptions): Client<Events> {
  const core = openCore(platform, options)
  const { counts, drop, settings, spool } = core
  const keeper = openKeeper(core, options.onFull)
  core.keeper = keeper
  const sender = openSender(core)
  core.sender = sender
  core.draft = openDraft(core, options, platform.byteLength)
  let isClosed = false
  let closing: Promise<FlushResult> | undefined

  function track(type: string, data: unknown, trackOptions?: TrackOptions): boolean {
    const refuse = (reason: DropReason) => drop(reason, 1, { stream: String(type) })
    try {
      if (isClosed) {
        refuse('closed')
        return false
      }
      if (settings.sampleRate < 1 && core.random() >= settings.sampleRate) {
        counts.dropped.sampled = (counts.dropped.sampled ?? 0) + 1
        return true
      }
      const drafted = core.draft(type, data, trackOptions)
      if (typeof drafted !== 'string') return keeper.take(...drafted)
      if (drafted === 'filtered') counts.filtered++
      refuse(drafted)
      return drafted === 'filtered'
    } catch (error) {
      refuse('invalid')
      if (core.debugLevel >= 2) throw error
      counts.lastError = error instanceof SdkError ? error : core.error('misuse', String(error))
      return false
    }
  }

  const held = <T>(work: Promise<T>): Promise<T> => work.finally(platform.hold?.())
  const flush = (flushOptions?: FlushOptions) => held(flushUnheld(flushOptions))

  /** Only its requests keep the process. */
  async function flushUnheld({ timeoutMs = never, signal }: FlushOptions = {}): Promise<FlushResult> {
    const { acked, rejected } = counts
    const [calm, over] = [sender.hurry(), new AbortController()]
    const ended = new Promise<void>((resolve) => {
      const timer = unheld(resolve, timeoutMs)
      over.signal.addEventListener('abort', () => clearTimeout(timer))
      signal?.addEventListener('abort', () => resolve(), { signal: over.signal })
      if (signal?.aborted) resolve()
    })
    await Promise.race([keeper.settledUpToNow(), ended])
    over.abort()
    calm()
    return {
      acked: counts.acked - acked,
      rejected: counts.rejected - rejected,
      spooled: spool?.count ?? 0,
      pending: keeper.pending,
    }
  }

  /** Nothing is sent any more: what is left goes to the spool, or is lost and counted. */
  function spoolRest(): ReturnType<typeof keeper.spoolRest> {
    const rest = keeper.spoolRest()
    const { lost } = rest
    if (lost.length > 0) drop('closed', lost.length, lost[0])
    return rest
  }

  const unwatch = platform.watchExit?.(
    {
      keeps: spool !== undefined,
      flush: (timeoutMs) => (spool ? flushUnheld : flush)({ timeoutMs }),
      close: (timeoutMs) => close({ timeoutMs }),
      spoolRest: () => spoolRest().lost.length,
      sendLast: sender.sendLast,
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

  const extraCalls = platform.extras?.(core, { track, flush }, options)
  sender.wake()
  return {
    ...(extraCalls as ReturnType<Extras>), // `createClient` tells whether it has them
    track,
    write: (table, data) => track(table, data),
    ready: () => held(keeper.ready()),
    flush,
    async sync() {
      const { lost } = keeper.spoolRest()
      await spool?.sync()
      if (lost.length > 0) throw core.error('spool', `${lost.length} events are on no disk`)
    },
    close,
    stop: close,
    on: core.on,
    stats: () => ({
      ...counts,
      dropped: { ...counts.dropped },
      pending: keeper.pending,
      spooledNow: spool?.count ?? 0,
    }),
    setDebug(level) {
      core.debugLevel = level
    },
    [Symbol.asyncDispose]: close as () => Promise<never>,
  }
}
