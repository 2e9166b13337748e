/**
 * Sends what waits, a few batches at a time, until each is answered for: acknowledged, refused for good, or on disk.
 * Trouble with one batch holds up all of them: after a failure one request at a time tries whether the server is back.
 */

import type { SdkError } from './errors.ts'
import type { Batch, Core, Sender } from './parts.ts'
import { backoffMs } from './retry.ts'
import { never, openAlarm } from './timer.ts'
import type { BatchInfo, DropReason, Verdict } from './types.ts'
import { errorOfVerdict, type Failure } from './verdict-errors.ts'

/** Who waits has the next try so soon after the last one; what the server asked for counts even then. */
const hurriedPauseMs = 1000

export function openSender(core: Core): Sender {
  const { backlog, delivery, spool, counts, emit, settings, keeper } = core
  const { workers } = settings
  const underWay = new Set<Batch>()
  const again: Batch[] = []
  const end = new AbortController()
  const alarm = openAlarm(wake)
  let requests = 0
  let hurries = 0
  let failures = 0
  /** By our own doing, and by the server's. */
  let pausedUntil = 0
  let askedUntil = 0
  let failedAt = -never
  let isRefused = false
  let isReading = false
  let hadWork = false

  const isSending = () => !isRefused && !end.signal.aborted
  const pauseMs = (time: number) => Math.max(pausedUntil, askedUntil) - time

  function wake(): void {
    const time = performance.now()
    while (isSending() && pauseMs(time) <= 0 && requests < (failures > 0 ? 1 : workers)) {
      const batch = again.shift() ?? backlog.take(time, hurries > 0)
      if (!batch) {
        idle()
        break
      }
      hadWork = true
      void carry(batch, time)
    }
    const waitMs = Math.max(again.length > 0 || hasSpooled() ? 0 : backlog.dueIn(time), pauseMs(time))
    // What is due and waits for a worker goes when one is free.
    alarm(isSending() && (waitMs > 0 || requests === 0) ? waitMs : never)
  }

  const hasSpooled = () => spool !== undefined && spool.count > 0 && !spool.isBlocked && !isReading

  /** Nothing in memory is due: what is on disk has its turn, with half of the workers. */
  function idle(): void {
    if (spool && spool.count > 0) {
      if (requests <= workers / 2 && hasSpooled()) void readSpool()
    } else if (requests === 0 && backlog.count === 0 && !isReading && hadWork) {
      hadWork = false
      emit('drain')
    }
  }

  /** Events of the spool go the way of all others, and stay on disk until they are answered for. */
  async function readSpool(): Promise<void> {
    isReading = true
    try {
      for (const { event, file } of await spool!.read(settings.batchSize)) {
        hadWork = true
        backlog.add(core.wire.lane(event), event, event.data.length, -never, file)
      }
    } finally {
      isReading = false
    }
    keeper.look() // whoever waits for the spool looks whether it is empty
    wake()
  }

  async function carry(batch: Batch, time: number, isLast?: boolean): Promise<void> {
    underWay.add(batch)
    if (!batch.id) Object.assign(batch, { id: core.newBatchId(), request: undefined, attempt: 0, startedAt: time })
    requests++
    counts.inFlight += batch.count
    const verdict = await tried(batch, isLast)
    requests--
    counts.inFlight -= batch.count
    if (verdict.kind !== 'retry') {
      failures = 0
      pausedUntil = 0
      underWay.delete(batch)
      settle(batch, verdict)
    } else if (!end.signal.aborted) putOff(batch, verdict) // else whoever ended it has written the batch to the spool
    wake()
  }

  async function tried(batch: Batch, isLast?: boolean): Promise<Verdict> {
    try {
      batch.request ??= await delivery.prepare(batch.contents, batch.id!, isLast)
    } catch (error) {
      return { kind: 'retry', message: `No request: ${String(error)}` } // nor would `sign` of the caller
    }
    emit('send', infoOf(batch))
    counts.bytes += batch.request.bytes
    return delivery.send(batch.request, end.signal, isLast)
  }

  /** Everybody waits. The batch comes first when it goes on, unless it has been tried for too long. */
  function putOff(batch: Batch, verdict: Extract<Verdict, { kind: 'retry' }>): void {
    const time = performance.now()
    const { retryAfterMs } = verdict
    const waitMs = retryAfterMs ?? backoffMs(failures, settings, core.random)
    failures++
    failedAt = time
    if (retryAfterMs === undefined) pausedUntil = Math.max(pausedUntil, time + waitMs)
    else askedUntil = Math.max(askedUntil, time + waitMs)
    const error = errorOf(verdict, batch)
    counts.lastError = error
    const info = infoOf(batch)
    batch.attempt++
    const isOver = batch.attempt >= settings.retryMaxCount || time + waitMs - batch.startedAt > settings.retryMaxTime
    if (!isOver || !giveUp(batch, error)) {
      counts.retries++
      emit('retry', { ...info, waitMs: Math.max(0, pauseMs(time)), cause: error })
      again.push(batch)
    }
    keeper.look()
  }

  function settle(batch: Batch, verdict: Exclude<Verdict, { kind: 'retry' }>): void {
    const { kind } = verdict
    if (kind === 'acknowledged') acknowledge(batch, verdict)
    else if (kind === 'too-large' && batch.count > 1) {
      // The server takes no more than half of it; nor of any other.
      backlog.limitBatch(Math.ceil(batch.count / 2))
      backlog.putBack(batch)
    } else if (kind === 'unauthorized') {
      // Nothing more is sent, and everything is kept.
      backlog.putBack(batch)
      if (!isRefused) core.report(errorOf(verdict, batch))
      isRefused = true
      keeper.look()
    } else if (kind === 'refused') drop('rejected', batch, errorOf(verdict, batch))
    else drop(kind, batch)
  }

  function acknowledge(
    batch: Batch,
    { duplicates = 0, rejected = [] }: Extract<Verdict, { kind: 'acknowledged' }>,
  ): void {
    const accepted = batch.count - rejected.length
    counts.acked += accepted
    counts.duplicates += duplicates
    counts.rejected += rejected.length
    keeper.settled(batch)
    emit('flush', { ...infoOf(batch), accepted, rejected: rejected.length })
    const [first] = rejected
    // The server has them, but not as rows: they are told of, not lost.
    if (first)
      emit('drop', {
        reason: 'rejected',
        count: rejected.length,
        sample: batch.contents.events()[first.index] ?? {},
      })
    if (batch.attempt === 0) batch.contents.free?.() // no error that somebody may keep tells of them
  }

  /** To the disk, or to nowhere. False: it is to be tried on. */
  function giveUp(batch: Batch, error: SdkError): boolean {
    const events = batch.contents.events()
    // On disk it would come after those behind it; and what is there is safe already.
    if (spool && (workers === 1 || events.every((_, index) => batch.files[index]) || !spool.queue(events))) return false
    underWay.delete(batch)
    if (spool) {
      emit('spill', { events: batch.count, bytes: batch.bytes })
      keeper.settled(batch)
    } else drop('expired', batch, error)
    return true
  }

  function drop(reason: DropReason, batch: Batch, error?: SdkError): void {
    if (error) core.report(error)
    keeper.settled(batch)
    core.drop(reason, batch.count, batch.contents.events()[0])
  }

  function errorOf(verdict: Failure, { stream, contents }: Batch): SdkError {
    const sentData = () => contents.events().map(({ data }) => data)
    return errorOfVerdict(core, verdict, { stream, sentData })
  }

  return {
    wake,
    hurry() {
      hurries++
      pausedUntil = Math.min(pausedUntil, failedAt + hurriedPauseMs)
      wake()
      return () => void hurries--
    },
    get isSending() {
      return isSending()
    },
    get isFailing() {
      return failures > 0
    },
    underWay,
    sendLast() {
      const time = performance.now()
      const batch = isSending() && backlog.take(time, true)
      if (batch) void carry(batch, time, true)
    },
    stop() {
      end.abort()
      keeper.look()
      wake()
    },
  }
}

function infoOf({ id, stream, count, request, attempt }: Batch): BatchInfo {
  return { batchId: id!, stream, count, bytes: request?.bytes ?? 0, attempt }
}
