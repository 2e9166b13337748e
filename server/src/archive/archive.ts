/**
 * Keeps the raw events of a workspace in a store of objects: reads the log behind the pipeline, round by round, and tells how far it
 * is. A store that fails is tried again for ever, with pauses; nothing else waits for it. What the log gives up meanwhile is counted
 * as lost, and told.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ArchiveConfig, ArchiveFailure, ArchiveProgress, ArchiveStatus } from '../archive.ts'
import { MillraceError } from '../errors.ts'
import type { ObjectStore } from '../object-store.ts'
import type { Logger } from '../telemetry.ts'
import { type LogToArchive, type Round, readRound } from './round.ts'
import { type ArchiveState, readState, writeState } from './state-file.ts'

export interface Archive {
  status(): Promise<ArchiveStatus>
  /** Ends what is under way; the round is made again after the next start. */
  close(): Promise<void>
}

interface ArchiveParts {
  readonly workspace: string
  readonly config: Pick<ArchiveConfig, 'inputs' | 'rollBytes' | 'rollSeconds'>
  readonly log: LogToArchive
  /** @throws MillraceError: it cannot be opened now. */
  readonly openStore: () => ObjectStore
  /** See `state-file.ts`. */
  readonly stateFile: string
  /** Reading takes memory: one archive of many reads at a time. */
  readonly inTurn: <T>(job: () => Promise<T>) => Promise<T>
  readonly onProgress: (progress: ArchiveProgress) => void
  readonly onFailure: (failure: ArchiveFailure) => void
  readonly onLost: (events: number) => void
  readonly logger: Logger
  readonly pauses?: { readonly lookMs: number; readonly retryMs: number; readonly retryMaxMs: number }
}

const defaultPauses = { lookMs: 1_000, retryMs: 1_000, retryMaxMs: 60_000 }
const putsAtOnce = 4
/** A round that was begun before is read again so often where it comes out shorter: then the log itself has lost the rest. */
const shortRoundsMax = 3

export function openArchive(parts: ArchiveParts): Archive {
  const { workspace, config, log, stateFile, logger } = parts
  const pauses = parts.pauses ?? defaultPauses
  const stop = new AbortController()
  const place = { workspace, inputs: config.inputs && new Set(config.inputs) }
  let state: ArchiveState | undefined
  /** Read, and not put yet: kept over failures, whatever the log gives up meanwhile. */
  let ready: Round | undefined
  /** Keys of those of its objects that are. */
  const stored = new Set<string>()
  let failure: ArchiveFailure | undefined
  /** A guess, until there was a round. */
  let bytesPerEvent = 256
  let drainedAt = 0
  let shortRounds = 0

  function save(next: ArchiveState): ArchiveState {
    writeState(stateFile, next)
    state = next
    return next
  }

  /** Where to go on: behind what was lost, at the start of a log that is another one. */
  function settle(): ArchiveState {
    const known = state ?? readState(stateFile)
    const [start, end] = [log.start(), log.end()]
    if (known === undefined || known.logId !== log.id)
      return save({ ...(known ?? nothing), logId: log.id, position: start, end: undefined })
    state = known
    if (ready !== undefined) return known
    if (known.position < start) {
      const lost = Number(start - known.position)
      const next = save({ ...known, position: start, end: undefined, lost: known.lost + lost })
      logger.error('events were lost before they were archived', { workspace, events: lost })
      parts.onLost(lost)
      return next
    }
    // A log that was put back from a copy gives these offsets again.
    return known.position > end ? save({ ...known, position: end, end: undefined }) : known
  }

  async function drain(signal: AbortSignal): Promise<void> {
    const store = parts.openStore()
    const now = performance.now()
    const isDue = drainedAt === 0 || now - drainedAt >= config.rollSeconds * 1_000
    const goal = log.end()
    for (;;) {
      signal.throwIfAborted()
      const from = settle()
      const isFull = Number(log.end() - from.position) * bytesPerEvent >= config.rollBytes
      const isRest = isDue && from.position < goal
      if (ready === undefined && from.end === undefined && !isFull && !isRest) break
      const until = from.end ?? (isFull ? log.end() : goal)
      const bytesMax = from.end === undefined ? config.rollBytes : Number.POSITIVE_INFINITY
      ready ??= await parts.inTurn(() => readRound(log, { from: from.position, until, bytesMax }, place, signal))
      // Other objects than those that are there already would have their events a second time.
      if (from.end !== undefined && (ready?.end ?? from.position) < from.end && shortRounds++ < shortRoundsMax) {
        ready = undefined
        continue
      }
      shortRounds = 0
      if (ready === undefined) break
      await put(ready, from, store)
      ready = undefined
      stored.clear()
    }
    if (isDue) drainedAt = now
  }

  async function put(round: Round, from: ArchiveState, store: ObjectStore): Promise<void> {
    if (from.end !== round.end) save({ ...from, end: round.end })
    // failpoint: archive.round.noted
    for (let at = 0; at < round.objects.length; at += putsAtOnce) {
      await putAll(round.objects.slice(at, at + putsAtOnce), store, stored)
      // failpoint: archive.round.put
    }
    const bytes = round.objects.reduce((sum, object) => sum + object.bytes.length, 0)
    save({
      ...from,
      position: round.end,
      end: undefined,
      events: from.events + round.events,
      objects: from.objects + round.objects.length,
      bytes: from.bytes + bytes,
      archivedAt: Date.now(),
    })
    // failpoint: archive.round.saved
    bytesPerEvent = round.bytes / Number(round.end - round.from)
    parts.onProgress({ position: round.end, events: round.events, objects: round.objects.length, bytes })
    logger.debug('events archived', { workspace, position: round.end, objects: round.objects.length, bytes })
  }

  async function run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await drain(signal)
        if (failure !== undefined) logger.info('the archive goes on', { workspace })
        failure = undefined
        failures = 0
        await delay(pauses.lookMs, undefined, { signal })
      } catch (error) {
        if (signal.aborted) return
        failure = failureOf(error, failure)
        logger.warn('the archive does not go on', { workspace, reason: error as Error })
        parts.onFailure(failure)
        const pauseMs = Math.min(pauses.retryMaxMs, pauses.retryMs * 2 ** Math.min(failures++, 16))
        await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {})
      }
    }
  }

  const running = run(stop.signal).catch(() => {})
  return {
    async status() {
      const { position, events, objects, bytes, lost, archivedAt } = state ?? { ...nothing, position: log.start() }
      const behind = log.end() - position
      const lagEvents = behind > 0n ? Number(behind) : 0
      const lagMs = lagEvents === 0 ? 0 : await ageOf(log, position)
      return { position, lagEvents, lagMs, events, objects, bytes, lost, archivedAt, failure }
    },
    async close() {
      stop.abort()
      await running
    },
  }
}

/** Waits for all of them, so that none is on its way when they are tried again. */
async function putAll(objects: Round['objects'], store: ObjectStore, stored: Set<string>): Promise<void> {
  const missing = objects.filter(({ key }) => !stored.has(key))
  const puts = await Promise.allSettled(
    missing.map(({ key, bytes }) => store.put(key, bytes).then(() => stored.add(key))),
  )
  const failed = puts.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

const nothing = { end: undefined, events: 0, objects: 0, bytes: 0, lost: 0, archivedAt: undefined }

function failureOf(error: unknown, before: ArchiveFailure | undefined): ArchiveFailure {
  const at = Date.now()
  const { code, hint, message } =
    error instanceof MillraceError ? error : { code: 'internal', hint: undefined, message: String(error) }
  return { code, message: hint === undefined ? message : `${message}. ${hint}`, since: before?.since ?? at, at }
}

const lookMsMax = 500

/** Of the record that holds the offset, ms; 0 where it cannot be read now. */
async function ageOf(log: LogToArchive, offset: bigint): Promise<number> {
  const from = offset < log.start() ? log.start() : offset
  try {
    for await (const { appendedAt } of log.read(from, AbortSignal.timeout(lookMsMax)))
      return Math.max(0, Date.now() - appendedAt)
  } catch {} // what is wrong with the log is told by whoever has to read it
  return 0
}
