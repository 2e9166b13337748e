/** The client: takes events, keeps them, and answers for every one of them. Where it runs is the platform's business. */
import { openBacklog } from './backlog.ts'
import { openBuckets } from './buckets.ts'
import { Counts } from './counts.ts'
import { openDelivery } from './delivery.ts'
import { openDraft } from './draft.ts'
import { openEmitter } from './emitter.ts'
import { SdkError } from './errors.ts'
import { newClientId, openIds } from './ids.ts'
import { openKeeper } from './keeper.ts'
import type { Platform } from './platform.ts'
import { openSender } from './sender.ts'
import { settingsOf } from './settings.ts'
import { openStorageSpool } from './storage.ts'
import { hold, pause } from './timer.ts'
import type {
  Client,
  ClientOptions,
  DebugLevel,
  DropReason,
  EventMap,
  FlushOptions,
  FlushResult,
  Logger,
  PutResult,
  StoredEvent,
  TrackOptions,
} from './types.ts'
import { errorOfVerdict } from './verdict-errors.ts'
import { millraceWire } from './wire.ts'

/** @throws SdkError `misuse`: there is no endpoint or no key. */
export function createClientOn<Events extends EventMap>(platform: Platform, options: ClientOptions): Client<Events> {
  const { now = Date.now, random = Math.random, logger = consoleLogger } = options
  const monotonic = () => performance.now() // what is waited for does not mind when the clock is set
  let debugLevel: DebugLevel = options.debugLevel ?? 0
  const { endpoint, apiKey } = addressOf(options, platform)
  const secrets = [apiKey, options.authKey].filter((secret) => secret !== undefined && secret !== '') as string[]
  const settings = settingsOf(options, platform, (line) => logger.warn(`millrace: ${line}`))
  const emitter = openEmitter(logger)
  const counts = new Counts()
  const clientId = newClientId(now())
  const newId = openIds(clientId)
  const newBatchId = openIds(`${clientId}-b`)
  const wire = (options.wire ?? millraceWire)({ endpoint, apiKey })
  const draft = openDraft({ options, now, newId })

  const debug = (level: 1 | 2 | 3, line: () => string) => {
    if (debugLevel < level) return
    const text = secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), line())
    if (!emitter.emit('debug', text)) logger.debug(`millrace: ${text}`)
  }
  const report = (error: SdkError) => {
    counts.lastError = error
    if (!emitter.emit('error', error)) logger.error(`millrace: ${error.message}`)
  }
  const tellDrop = (reason: DropReason, count: number, sample: Partial<StoredEvent> = {}) => {
    counts.drop(reason, count)
    emitter.emit('drop', { reason, count, sample })
  }
  const spoolFailed = (message: string, cause: unknown) =>
    report(new SdkError('spool', message, { time: now(), cause }))

  const delivery = openDelivery({ wire, platform, options, requestTimeoutMs: settings.requestTimeout, now, debug })
  const backlog = openBacklog(
    { events: settings.backlogSize, bytes: settings.backlogBytes },
    { events: settings.batchSize, bytes: settings.batchBytes, waitMs: settings.flushInterval },
  )
  const spool =
    options.storage !== undefined
      ? openStorageSpool(options.storage, {
          failed: spoolFailed,
          full: (event) => tellDrop('full', 1, event),
          changed: () => sender.wake(),
        })
      : options.spool === false
        ? undefined
        : platform.openSpool?.(options, `${endpoint} ${apiKey}`, { lost: tellDrop, failed: spoolFailed })
  const keeper = openKeeper({
    backlog,
    spool,
    counts,
    emitter,
    wire,
    monotonic,
    onFull: options.onFull ?? (spool === undefined ? 'reject' : 'spill'),
    isAllSpooled: options.storage !== undefined,
    isOrdered: settings.workers === 1,
    tellDrop,
    sender: () => sender,
  })
  const sender = openSender({
    backlog,
    wire,
    delivery,
    spool,
    counts,
    emitter,
    workers: settings.workers,
    batchSize: settings.batchSize,
    retry: {
      baseMs: settings.retryBase,
      capMs: settings.retryCap,
      timeMaxMs: settings.retryMaxTime,
      countMax: settings.retryMaxCount,
    },
    now,
    monotonic,
    random,
    newBatchId,
    settled: keeper.settled,
    failed: keeper.look,
    drop(reason, batch) {
      keeper.settled(batch)
      tellDrop(reason, batch.length, batch[0]!.event)
    },
    report,
  })

  let isClosed = false
  let closing: Promise<FlushResult> | undefined

  function track(type: string, data: unknown, trackOptions?: TrackOptions): boolean {
    try {
      return take(type, data, trackOptions)
    } catch (error) {
      if (debugLevel >= 2) throw error
      tellDrop('invalid', 1, { stream: String(type) })
      return false
    }
  }

  function take(type: string, data: unknown, trackOptions: TrackOptions | undefined): boolean {
    if (isClosed) {
      tellDrop('closed', 1, { stream: type })
      return false
    }
    if (settings.sampleRate < 1 && random() >= settings.sampleRate) {
      counts.drop('sampled', 1)
      return true
    }
    const drafted = draft(type, data, trackOptions)
    if ('reason' in drafted) return refuse(type, drafted)
    debug(1, () => `event ${drafted.event.stream} ${drafted.event.data}`)
    return keeper.take(drafted.event, drafted.bytes)
  }

  function refuse(type: string, { reason, misuse }: { reason: DropReason; misuse?: SdkError }): boolean {
    if (reason === 'filtered') counts.filtered++
    tellDrop(reason, 1, { stream: type })
    if (misuse === undefined) return reason === 'filtered'
    if (debugLevel >= 2) throw misuse
    counts.lastError = misuse
    return false
  }

  async function flush(flushOptions: FlushOptions = {}): Promise<FlushResult> {
    const letGo = hold()
    return flushUnheld(flushOptions).finally(letGo)
  }

  /** Only its requests keep the process. */
  async function flushUnheld({ timeoutMs, signal }: FlushOptions): Promise<FlushResult> {
    const before = { acked: counts.acked, rejected: counts.rejected }
    const [calm, stop] = [sender.hurry(), new AbortController()]
    const end = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])
    await Promise.race([keeper.settledUpToNow(), pause(timeoutMs ?? Number.POSITIVE_INFINITY, end)])
    stop.abort()
    calm()
    return {
      acked: counts.acked - before.acked,
      rejected: counts.rejected - before.rejected,
      spooled: spool?.count ?? 0,
      pending: keeper.pending,
    }
  }

  /** Nothing is sent any more: what is left goes to the spool, or is lost and counted. */
  function spoolRest(): { spooled: number; lost: number } {
    const { spooled, lost } = keeper.spoolRest()
    if (lost.length > 0) tellDrop('closed', lost.length, lost[0])
    return { spooled, lost: lost.length }
  }

  const unwatch = platform.watchExit?.(
    {
      flush: (timeoutMs) => (spool === undefined ? flush({ timeoutMs }) : flushUnheld({ timeoutMs })),
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

  async function put(type: string, data: readonly unknown[], trackOptions?: TrackOptions): Promise<PutResult> {
    const events = data.map((one) => {
      const drafted = draft(type, one, trackOptions)
      if ('event' in drafted) return drafted.event
      throw drafted.misuse ?? new SdkError('misuse', `The event is ${drafted.reason}`, { time: now() })
    })
    if (events.length === 0) throw new SdkError('misuse', 'There is no event to put', { time: now() })
    const verdict = await delivery.send(await delivery.prepare(events, newBatchId()))
    const about = { time: now(), sentData: () => events.map((event) => event.data) }
    if (verdict.kind !== 'acknowledged') throw errorOfVerdict(verdict, about)
    const rejected = verdict.rejected?.length ?? 0
    return { status: verdict.status, accepted: events.length - rejected, rejected }
  }

  /** What fits into one request, while the page goes. */
  async function sendLast(): Promise<void> {
    const batch = backlog.take(monotonic(), true)
    if (batch.length === 0) return
    const events = batch.map(({ event }) => event)
    const verdict = await delivery.send(await delivery.prepare(events, newBatchId(), { isLast: true }), {
      isLast: true,
    })
    if (verdict.kind === 'acknowledged') {
      counts.acked += batch.length
      keeper.settled(batch)
    } else backlog.putBack(wire.lane(events[0]!), batch)
  }

  const buckets = openBuckets({ track, flush, now, delivery, wire, retry: settings, random, first: options.bucket })
  sender.wake()

  return {
    ...buckets,
    track,
    write: (table, data) => track(table, data),
    async ready() {
      const letGo = hold()
      await keeper.ready().finally(letGo)
    },
    flush,
    async sync() {
      const { lost } = keeper.spoolRest()
      await spool?.sync()
      if (lost.length > 0) throw new SdkError('spool', `${lost.length} events are on no disk`, { time: now() })
    },
    close,
    stop: close,
    putEvent: (type, data, trackOptions) => put(type, [data], trackOptions),
    putEvents: (type, data, trackOptions) => put(type, data, trackOptions),
    on: emitter.on,
    stats: () => counts.stats(keeper.pending, spool?.count ?? 0),
    setDebug(level) {
      debugLevel = level
    },
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

function addressOf(options: ClientOptions, { environment }: Platform): { endpoint: string; apiKey: string } {
  const endpoint = options.endpoint ?? environment.endpoint
  const apiKey = options.apiKey ?? environment.apiKey
  const missing = endpoint
    ? apiKey
      ? undefined
      : 'apiKey: the key of an input'
    : 'endpoint: the address of the server'
  if (!endpoint || !apiKey) throw new SdkError('misuse', `The client needs ${missing}`, { time: Date.now() })
  if (!/^https?:\/\//.test(endpoint)) {
    throw new SdkError('misuse', `The endpoint has to begin with http:// or https://, and is ${endpoint}`, {
      time: Date.now(),
    })
  }
  return { endpoint, apiKey }
}

const consoleLogger: Logger = console
