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
import { pause } from './timer.ts'
import type {
  Client,
  ClientOptions,
  DebugLevel,
  DropReason,
  EventMap,
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
  let debugLevel: DebugLevel = options.debugLevel ?? 0
  const { endpoint, apiKey } = addressOf(options, platform)
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
    const text = line().replaceAll(apiKey, '***')
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
      ? openStorageSpool(options.storage, spoolFailed)
      : options.spool === false
        ? undefined
        : platform.openSpool?.(options, `${endpoint} ${apiKey}`, { lost: tellDrop, failed: spoolFailed })
  const keeper = openKeeper({
    backlog,
    spool,
    counts,
    emitter,
    wire,
    now,
    onFull: options.onFull ?? (spool === undefined ? 'reject' : 'spill'),
    isAllSpooled: options.storage !== undefined,
    isOrdered: settings.workers === 1,
    backlogSize: settings.backlogSize,
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

  async function flush({ timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<FlushResult> {
    const before = { acked: counts.acked, rejected: counts.rejected }
    const calm = sender.hurry()
    const stop = new AbortController()
    const deadline = timeoutMs === undefined ? new Promise<void>(() => {}) : pause(timeoutMs, stop.signal)
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([keeper.settledUpToNow(), deadline, aborted])
    stop.abort()
    calm()
    return {
      acked: counts.acked - before.acked,
      rejected: counts.rejected - before.rejected,
      spooled: spool?.count ?? 0,
      pending: keeper.pending,
    }
  }

  const unwatch = platform.watchExit?.(
    {
      flush: (timeoutMs) => flush({ timeoutMs }),
      close: (timeoutMs) => close({ timeoutMs }),
      spoolRest: () => void keeper.spoolRest(),
      sendLast: () => void sendLast(),
      get pending() {
        return isClosed ? 0 : keeper.pending
      },
    },
    options,
  )

  function close({ timeoutMs = settings.shutdownTimeout }: { timeoutMs?: number } = {}): Promise<FlushResult> {
    isClosed = true
    closing ??= flush({ timeoutMs }).then((result) => {
      sender.stop()
      const spooled = keeper.spoolRest()
      spool?.close()
      unwatch?.()
      return { ...result, spooled: result.spooled + spooled, pending: keeper.pending - spooled }
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
    const batch = backlog.take(now(), true)
    if (batch.length === 0) return
    const events = batch.map(({ event }) => event)
    const verdict = await delivery.send(await delivery.prepare(events, newBatchId()), { isLast: true })
    if (verdict.kind === 'acknowledged') {
      counts.acked += batch.length
      keeper.settled(batch)
    } else backlog.putBack(wire.lane(events[0]!), batch, now())
  }

  const buckets = openBuckets({ track, flush, now, delivery, wire, retry: settings, random, first: options.bucket })
  sender.wake()

  return {
    ...buckets,
    track,
    write: (table, data) => track(table, data),
    ready: () => keeper.ready(),
    flush,
    async sync() {
      keeper.spoolRest()
      await spool?.sync()
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
