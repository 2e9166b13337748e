/**
 * Sends what waits, a few batches at a time, until each is answered for: acknowledged, refused for good, or on disk.
 * Trouble with one batch holds up all of them: after a failure one request at a time tries whether the server is back.
 */
import type { Backlog, Waiting } from './backlog.ts'
import type { Counts } from './counts.ts'
import type { Delivery, Prepared } from './delivery.ts'
import type { Emitter } from './emitter.ts'
import type { SdkError } from './errors.ts'
import type { Spool } from './platform.ts'
import { backoffMs, type RetryLimits } from './retry.ts'
import { openAlarm, pause } from './timer.ts'
import type { BatchInfo, DropReason, Verdict, Wire } from './types.ts'
import { errorOfVerdict, type Failure } from './verdict-errors.ts'

export interface SenderParts {
  readonly backlog: Backlog
  readonly wire: Wire
  readonly delivery: Delivery
  readonly spool: Spool | undefined
  readonly counts: Counts
  readonly emitter: Emitter
  readonly workers: number
  readonly batchSize: number
  readonly retry: RetryLimits & { readonly timeMaxMs: number; readonly countMax: number }
  readonly now: () => number
  readonly random: () => number
  readonly newBatchId: () => string
  /** Told of each event that is answered for. */
  readonly settled: (batch: readonly Waiting[]) => void
  /** Told when the server does not answer, or not well. */
  readonly failed: () => void
  readonly drop: (reason: DropReason, batch: readonly Waiting[]) => void
  readonly report: (error: SdkError) => void
}

export interface Sender {
  /** Looks what is to be done. */
  wake(): void
  /** Until it is undone batches go out without waiting for company. */
  hurry(): () => void
  /** Whether it sends: not after the key was refused, nor after the end. */
  readonly isSending: boolean
  /** The server did not answer last time. */
  readonly isFailing: boolean
  /** Batches under way. */
  readonly underWay: ReadonlySet<readonly Waiting[]>
  /** Ends waits, and sends nothing more. */
  stop(): void
}

export function openSender(parts: SenderParts): Sender {
  const { backlog, wire, delivery, spool, counts, emitter, workers, retry, now, random } = parts
  const underWay = new Set<readonly Waiting[]>()
  const end = new AbortController()
  const alarm = openAlarm(() => wake())
  let hurries = 0
  let failures = 0
  let pausedUntil = 0
  let isRefused = false
  let isReading = false
  let hadWork = false

  const isSending = () => !isRefused && !end.signal.aborted

  function wake(): void {
    const time = now()
    while (isSending() && time >= pausedUntil && underWay.size < (failures > 0 ? 1 : workers)) {
      const batch = backlog.take(time, hurries > 0)
      if (batch.length === 0) {
        idle()
        break
      }
      hadWork = true
      void carry(batch)
    }
    if (isSending()) alarm.within(Math.max(backlog.dueIn(time), pausedUntil - time))
  }

  /** Nothing in memory is due: what is on disk has its turn, with half of the workers. */
  function idle(): void {
    if (spool !== undefined && spool.count > 0) {
      if (underWay.size <= workers / 2) void readSpool(spool)
    } else if (underWay.size === 0 && backlog.count === 0 && hadWork) {
      hadWork = false
      emitter.emit('drain')
    }
  }

  /** Events of the spool go the way of all others, and stay on disk until they are answered for. */
  async function readSpool(from: Spool): Promise<void> {
    if (isReading) return
    isReading = true
    try {
      const events = await from.read(parts.batchSize)
      for (const { event, file } of events) {
        const item: Waiting = { event, bytes: event.data.length, spooledIn: file, seq: 0 }
        backlog.add(wire.lane(event), item, Number.NEGATIVE_INFINITY)
      }
      hadWork ||= events.length > 0
    } finally {
      isReading = false
    }
    wake()
  }

  async function carry(batch: readonly Waiting[]): Promise<void> {
    underWay.add(batch)
    counts.inFlight += batch.length
    try {
      await carryOut(batch)
    } finally {
      underWay.delete(batch)
      counts.inFlight -= batch.length
      wake()
    }
  }

  async function carryOut(batch: readonly Waiting[]): Promise<void> {
    const batchId = parts.newBatchId()
    const startedAt = now()
    const prepared = await delivery.prepare(
      batch.map(({ event }) => event),
      batchId,
    )
    for (let attempt = 0; ; attempt++) {
      const info = infoOf(batchId, batch, prepared, attempt)
      emitter.emit('send', info)
      counts.bytes += prepared.bytes
      const verdict = await delivery.send(prepared, { signal: end.signal })
      if (end.signal.aborted && verdict.kind === 'retry') return // whoever ended it has written the batch to the spool
      if (verdict.kind !== 'retry') {
        failures = 0
        return settle(batch, verdict, info)
      }
      const waitMs = fail(verdict)
      const error = errorOf(verdict, batch)
      counts.lastError = error
      if (attempt + 1 >= retry.countMax || now() + waitMs - startedAt > retry.timeMaxMs) return giveUp(batch, error)
      counts.retries++
      emitter.emit('retry', { ...info, waitMs, cause: error })
      await pause(waitMs, end.signal)
      if (end.signal.aborted) return
    }
  }

  /** Makes everybody wait; returns how long, in ms. */
  function fail({ retryAfterMs }: Extract<Verdict, { kind: 'retry' }>): number {
    const waitMs = retryAfterMs ?? backoffMs(failures, retry, random)
    failures++
    pausedUntil = Math.max(pausedUntil, now() + waitMs)
    parts.failed()
    return Math.max(waitMs, pausedUntil - now())
  }

  function settle(batch: readonly Waiting[], verdict: Exclude<Verdict, { kind: 'retry' }>, info: BatchInfo): void {
    if (verdict.kind === 'acknowledged') acknowledge(batch, verdict, info)
    else if (verdict.kind === 'too-large') halve(batch)
    else if (verdict.kind === 'unauthorized') shut(batch, verdict)
    else {
      parts.report(errorOf(verdict, batch))
      parts.drop('rejected', batch)
    }
  }

  function acknowledge(
    batch: readonly Waiting[],
    { duplicates = 0, rejected = [] }: Extract<Verdict, { kind: 'acknowledged' }>,
    info: BatchInfo,
  ): void {
    counts.acked += batch.length - rejected.length
    counts.duplicates += duplicates
    counts.rejected += rejected.length
    parts.settled(batch)
    emitter.emit('flush', { ...info, accepted: batch.length - rejected.length, rejected: rejected.length })
    const kept = rejected.flatMap(({ index }) => batch[index] ?? [])
    if (kept.length > 0) tellKeptAside(kept)
  }

  /** The server takes no more than half of it; nor of any other. */
  function halve(batch: readonly Waiting[]): void {
    if (batch.length === 1) parts.drop('too-large', batch)
    else {
      backlog.limitBatch({ events: Math.ceil(batch.length / 2) })
      backlog.putBack(wire.lane(batch[0]!.event), batch, now())
    }
  }

  /** Sends nothing more, and keeps everything. */
  function shut(batch: readonly Waiting[], verdict: Failure): void {
    backlog.putBack(wire.lane(batch[0]!.event), batch, now())
    if (!isRefused) parts.report(errorOf(verdict, batch))
    isRefused = true
    parts.failed()
    alarm.stop()
  }

  /** The server has them, but not as rows: they are told of, not lost. */
  function tellKeptAside(kept: readonly Waiting[]): void {
    emitter.emit('drop', { reason: 'rejected', count: kept.length, sample: kept[0]!.event })
  }

  function giveUp(batch: readonly Waiting[], error: SdkError): void {
    const onDisk = batch.filter(({ spooledIn }) => spooledIn !== undefined)
    const inMemory = batch.filter(({ spooledIn }) => spooledIn === undefined)
    if (spool !== undefined && (inMemory.length === 0 || spool.queue(inMemory.map(({ event }) => event)))) {
      if (inMemory.length > 0) {
        emitter.emit('spill', { events: inMemory.length, bytes: inMemory.reduce((sum, { bytes }) => sum + bytes, 0) })
        parts.settled(inMemory)
      }
      if (onDisk.length > 0) backlog.putBack(wire.lane(onDisk[0]!.event), onDisk, now())
      return
    }
    parts.report(error)
    parts.drop('expired', batch)
  }

  function errorOf(verdict: Failure, batch: readonly Waiting[]): SdkError {
    return errorOfVerdict(verdict, { time: now(), sentData: () => batch.map(({ event }) => event.data) })
  }

  return {
    wake,
    hurry() {
      hurries++
      wake()
      let isOver = false
      return () => {
        if (!isOver) hurries--
        isOver = true
      }
    },
    get isSending() {
      return isSending()
    },
    get isFailing() {
      return failures > 0
    },
    underWay,
    stop() {
      alarm.stop()
      end.abort()
    },
  }
}

function infoOf(batchId: string, batch: readonly Waiting[], { bytes }: Prepared, attempt: number): BatchInfo {
  const { stream } = batch[0]!.event
  const isOne = batch.every(({ event }) => event.stream === stream)
  return { batchId, stream: isOne ? stream : undefined, count: batch.length, bytes, attempt }
}
