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
import { openAlarm } from './timer.ts'
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
  /** Wall clock, for what is told. */
  readonly now: () => number
  /** A clock that never jumps, for what is waited for. */
  readonly monotonic: () => number
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
  /** Cuts a pause of our own short; and until it is undone batches go out without waiting for company. */
  hurry(): () => void
  /** Whether it sends: not after the key was refused, nor after the end. */
  readonly isSending: boolean
  /** The server did not answer last time. */
  readonly isFailing: boolean
  /** Batches that were begun and are not answered for, whether a request is under way or they wait to be tried again. */
  readonly underWay: ReadonlySet<readonly Waiting[]>
  /** Ends waits, and sends nothing more. */
  stop(): void
}

/** A batch on its way: the same id and the same bytes each time, so that the server can tell a repeat. */
interface Parcel {
  readonly batch: readonly Waiting[]
  readonly batchId: string
  readonly startedAt: number
  prepared?: Prepared
  attempt: number
}

/** Who waits has the next try so soon after the last one; what the server asked for counts even then. */
const hurriedPauseMs = 1000

export function openSender(parts: SenderParts): Sender {
  const { backlog, wire, delivery, spool, counts, emitter, workers, retry, now, monotonic, random } = parts
  const underWay = new Set<readonly Waiting[]>()
  const again: Parcel[] = []
  const end = new AbortController()
  const alarm = openAlarm(() => wake())
  let requests = 0
  let hurries = 0
  let failures = 0
  /** By our own doing, and by the server's. */
  let pausedUntil = 0
  let askedUntil = 0
  let failedAt = Number.NEGATIVE_INFINITY
  let isRefused = false
  let isReading = false
  let hadWork = false

  const isSending = () => !isRefused && !end.signal.aborted
  const resumesAt = () => Math.max(pausedUntil, askedUntil)

  function wake(): void {
    const time = monotonic()
    while (isSending() && time >= resumesAt() && requests < (failures > 0 ? 1 : workers)) {
      const parcel = again.shift() ?? nextParcel(time)
      if (parcel === undefined) {
        idle()
        break
      }
      hadWork = true
      void carry(parcel)
    }
    if (!isSending()) return
    const dueIn = again.length > 0 ? 0 : backlog.dueIn(time)
    if (requests === 0 || dueIn > 0 || time < resumesAt()) alarm.within(Math.max(dueIn, resumesAt() - time))
  }

  function nextParcel(time: number): Parcel | undefined {
    const batch = backlog.take(time, hurries > 0)
    if (batch.length === 0) return undefined
    underWay.add(batch)
    return { batch, batchId: parts.newBatchId(), startedAt: time, attempt: 0 }
  }

  /** Nothing in memory is due: what is on disk has its turn, with half of the workers. */
  function idle(): void {
    if (spool !== undefined && spool.count > 0) {
      if (requests <= workers / 2 && spool.isBlocked !== true) void readSpool(spool)
    } else if (requests === 0 && backlog.count === 0 && !isReading && hadWork) {
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
        const at = Number.NEGATIVE_INFINITY // it has waited already
        backlog.add(wire.lane(event), { event, bytes: event.data.length, spooledIn: file, seq: 0, at })
      }
      hadWork ||= events.length > 0
    } finally {
      isReading = false
    }
    parts.failed() // whoever waits for the spool looks whether it is empty
    wake()
  }

  async function carry(parcel: Parcel): Promise<void> {
    requests++
    counts.inFlight += parcel.batch.length
    const verdict = await tried(parcel)
    requests--
    counts.inFlight -= parcel.batch.length
    if (end.signal.aborted && verdict.kind === 'retry') return // whoever ended it has written the batch to the spool
    if (verdict.kind === 'retry') putOff(parcel, verdict)
    else {
      failures = 0
      pausedUntil = 0
      underWay.delete(parcel.batch)
      settle(parcel, verdict)
    }
    wake()
  }

  async function tried(parcel: Parcel): Promise<Verdict> {
    const { batch, batchId } = parcel
    try {
      parcel.prepared ??= await delivery.prepare(
        batch.map(({ event }) => event),
        batchId,
      )
    } catch (error) {
      return { kind: 'retry', message: `The request could not be made: ${String(error)}` } // nor would `sign` of the caller
    }
    emitter.emit('send', infoOf(parcel))
    counts.bytes += parcel.prepared.bytes
    return delivery.send(parcel.prepared, { signal: end.signal })
  }

  /** Everybody waits. The batch comes first when it goes on, unless it has been tried for too long. */
  function putOff(parcel: Parcel, verdict: Extract<Verdict, { kind: 'retry' }>): void {
    const time = monotonic()
    const { retryAfterMs } = verdict
    const waitMs = retryAfterMs ?? backoffMs(failures, retry, random)
    failures++
    failedAt = time
    if (retryAfterMs !== undefined) askedUntil = Math.max(askedUntil, time + retryAfterMs)
    else pausedUntil = Math.max(pausedUntil, time + waitMs)
    const error = errorOf(verdict, parcel.batch)
    counts.lastError = error
    const isOver = parcel.attempt + 1 >= retry.countMax || time + waitMs - parcel.startedAt > retry.timeMaxMs
    if (isOver && giveUp(parcel.batch, error)) {
      parts.failed()
      return
    }
    counts.retries++
    emitter.emit('retry', { ...infoOf(parcel), waitMs: Math.max(0, resumesAt() - time), cause: error })
    parcel.attempt++
    again.push(parcel)
    parts.failed()
  }

  function settle(parcel: Parcel, verdict: Exclude<Verdict, { kind: 'retry' }>): void {
    const { batch } = parcel
    if (verdict.kind === 'acknowledged') acknowledge(parcel, verdict)
    else if (verdict.kind === 'too-large') halve(batch)
    else if (verdict.kind === 'unauthorized') shut(batch, verdict)
    else {
      parts.report(errorOf(verdict, batch))
      parts.drop('rejected', batch)
    }
  }

  function acknowledge(
    parcel: Parcel,
    { duplicates = 0, rejected = [] }: Extract<Verdict, { kind: 'acknowledged' }>,
  ): void {
    const { batch } = parcel
    const accepted = batch.length - rejected.length
    counts.acked += accepted
    counts.duplicates += duplicates
    counts.rejected += rejected.length
    parts.settled(batch)
    emitter.emit('flush', { ...infoOf(parcel), accepted, rejected: rejected.length })
    const kept = rejected.flatMap(({ index }) => batch[index] ?? [])
    // The server has them, but not as rows: they are told of, not lost.
    if (kept.length > 0) emitter.emit('drop', { reason: 'rejected', count: kept.length, sample: kept[0]!.event })
  }

  /** The server takes no more than half of it; nor of any other. */
  function halve(batch: readonly Waiting[]): void {
    if (batch.length === 1) parts.drop('too-large', batch)
    else {
      backlog.limitBatch({ events: Math.ceil(batch.length / 2) })
      backlog.putBack(wire.lane(batch[0]!.event), batch)
    }
  }

  /** Sends nothing more, and keeps everything. */
  function shut(batch: readonly Waiting[], verdict: Failure): void {
    backlog.putBack(wire.lane(batch[0]!.event), batch)
    if (!isRefused) parts.report(errorOf(verdict, batch))
    isRefused = true
    alarm.stop()
    parts.failed()
  }

  /** To the disk, or to nowhere. False: it is to be tried on. */
  function giveUp(batch: readonly Waiting[], error: SdkError): boolean {
    const onDisk = batch.filter(({ spooledIn }) => spooledIn !== undefined)
    const inMemory = batch.filter(({ spooledIn }) => spooledIn === undefined)
    // On disk it would come after those behind it; and what is there is safe already.
    if (spool !== undefined && (workers === 1 || onDisk.length === batch.length)) return false
    if (spool?.queue(inMemory.map(({ event }) => event))) {
      underWay.delete(batch)
      emitter.emit('spill', { events: inMemory.length, bytes: inMemory.reduce((sum, { bytes }) => sum + bytes, 0) })
      if (onDisk.length > 0) backlog.putBack(wire.lane(onDisk[0]!.event), onDisk)
      parts.settled(inMemory)
      return true
    }
    if (spool !== undefined) return false
    underWay.delete(batch)
    parts.report(error)
    parts.drop('expired', batch)
    return true
  }

  function errorOf(verdict: Failure, batch: readonly Waiting[]): SdkError {
    const stream = streamOf(batch)
    return errorOfVerdict(verdict, { time: now(), stream, sentData: () => batch.map(({ event }) => event.data) })
  }

  return {
    wake,
    hurry() {
      hurries++
      pausedUntil = Math.min(pausedUntil, failedAt + hurriedPauseMs)
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

function infoOf({ batchId, batch, prepared, attempt }: Parcel): BatchInfo {
  return { batchId, stream: streamOf(batch), count: batch.length, bytes: prepared?.bytes ?? 0, attempt }
}

/** Where all of them are of one. */
function streamOf(batch: readonly Waiting[]): string | undefined {
  const { stream } = batch[0]!.event
  return batch.every(({ event }) => event.stream === stream) ? stream : undefined
}
