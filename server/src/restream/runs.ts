/**
 * Runs: entries of the queue sent through again in the background, one run of a workspace at a time, so that new events are not held up.
 *
 * A run means the entries that waited when it began: what fails again gets a later offset, and is left to the next run. It sends a
 * round, lets the thread go on with other things, and has only so many events in the log that are not loaded yet: a pipeline that
 * is slow or stands still makes it wait, and new events never stand behind more than those.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { hasCode, MillraceError } from '../errors.ts'
import type { RestreamFilter, RestreamRun } from '../restream.ts'
import { patiently } from './patience.ts'
import type { RestreamQueue } from './queue.ts'
import type { RunRecord } from './run-records.ts'
import { entriesPerRound, type Sending, sendRound } from './send.ts'
import { openSpeed, type Speed } from './speed.ts'

export interface RestreamRuns {
  /** Begins to send what waits of the filter. @throws MillraceError `conflict`: another run is under way. */
  start(filter: RestreamFilter, limits?: { readonly eventsPerSecondMax?: number }): Promise<RestreamRun>
  /** Ends a run after the round under way; one that has ended stays as it is. @throws MillraceError `not_found`. */
  stop(id: number): Promise<RestreamRun>
  /** @throws MillraceError `not_found`. */
  get(id: number): RestreamRun
  /** The newest first, from `before` (exclusive) on; the last hundred are known. */
  list(page: { before?: number; limit: number }): RestreamRun[]
  /** Ends the run under way. The queue may be closed then. */
  close(): Promise<void>
}

interface RunsParts {
  /** Should not wait for other threads: runs wait by themselves, and hold up nobody. */
  readonly queue: RestreamQueue
  readonly append: Sending['append']
  /** First offset of the log that is not loaded yet. */
  readonly position: () => bigint
  readonly now?: () => number
}

/** Copies in the log that are not loaded yet: some half a second of work for the pipeline. */
const underWayMax = 8_000
/** A run rests so many times as long as it held the thread up. */
const restPerBusy = 3
/** How often a waiting run looks again. */
const lookAgainMs = 20
/** How long a run waits after a failure that passes. */
const tryAgainMs = 1_000
const saveEveryMs = 1_000

interface Current {
  run: RunRecord
  readonly speed: Speed
  readonly stop: AbortController
  /** Why, where it is the end of the server. */
  stopReason: string | null
  done: Promise<void>
}

/** Runs of a queue that nothing else opens runs for: one that an earlier process left is shown as stopped. */
export function openRestreamRuns({ queue, append, position, now = Date.now }: RunsParts): RestreamRuns {
  let current: Current | undefined
  let isStarting = false
  for (const run of queue.runs.list({ limit: 100 })) {
    if (run.state !== 'RUNNING') continue
    queue.runs.update({ ...run, state: 'STOPPED', endedAt: now(), error: 'The server ended while it ran' })
  }

  const shown = (run: RunRecord): RestreamRun => {
    if (current?.run.id === run.id) return withSpeed(current.run, current.speed.perSecond(now()))
    if (run.state !== 'RUNNING') return withSpeed(run, undefined)
    return withSpeed(
      { ...run, state: 'STOPPED', endedAt: run.startedAt, error: 'How it ended could not be written' },
      undefined,
    )
  }
  const find = (id: number): RunRecord => {
    const run = queue.runs.get(id)
    if (run === undefined) throw new MillraceError('not_found', 'There is no such run')
    return run
  }

  const work = async (own: Current, before: bigint): Promise<void> => {
    const { signal } = own.stop
    const { filter, eventsPerSecondMax } = own.run
    const limit = Math.max(1, Math.min(entriesPerRound, Math.floor((eventsPerSecondMax ?? Infinity) / 4)))
    const copies = openUnderWay(position)
    const releasing = openReleasing(queue)
    let after: bigint | undefined
    let savedAt = own.run.startedAt
    const end = (state: RunRecord['state'], error: string | null) => save(own, { state, error, endedAt: now() })
    for (;;) {
      try {
        releasing.again()
        while (copies.count() + limit > underWayMax) await delay(lookAgainMs, undefined, { signal })
        const range = { ...(after !== undefined && { after }), before, limit }
        const round = await sendRound(filter, range, { queue: releasing, append, now })
        if (round === undefined) return await end('DONE', null)
        after = round.last
        copies.add(round.count, round.end)
        own.run = { ...own.run, sent: own.run.sent + round.count, error: null }
        own.speed.note(own.run.sent, now())
        if (now() - savedAt >= saveEveryMs) {
          savedAt = now()
          await save(own, {})
        }
        await delay(restOf(own.run, round.busyMs, now()), undefined, { signal })
      } catch (error) {
        if (signal.aborted) return end('STOPPED', own.stopReason)
        if (hasCode(error, 'overloaded')) await pause(lookAgainMs, signal)
        else if (error instanceof MillraceError && error.retryable) {
          own.run = { ...own.run, error: error.message }
          await pause(tryAgainMs, signal)
        } else return end('FAILED', error instanceof Error ? error.message : String(error))
      }
      if (signal.aborted) return end('STOPPED', own.stopReason)
    }
  }

  const save = async (own: Current, changes: Partial<RunRecord>): Promise<void> => {
    own.run = { ...own.run, ...changes }
    await patiently(() => queue.runs.update(own.run))
  }

  return {
    async start(filter, { eventsPerSecondMax } = {}) {
      if (current !== undefined || isStarting) throw underWay(current?.run.id)
      isStarting = true
      try {
        const { count, end } = queue.waiting(filter)
        const begun = {
          filter,
          ...(eventsPerSecondMax !== undefined && { eventsPerSecondMax }),
          state: 'RUNNING' as const,
          total: count,
          sent: 0,
          startedAt: now(),
          endedAt: null,
          error: null,
        }
        const run = await patiently(() => queue.runs.add(begun))
        const own: Current = {
          run,
          speed: openSpeed(run.startedAt),
          stop: new AbortController(),
          stopReason: null,
          done: Promise.resolve(),
        }
        current = own
        own.done = work(own, end).finally(() => {
          current = undefined
        })
        own.done.catch(() => {}) // the disk is full: the run is shown as stopped
        return shown(run)
      } finally {
        isStarting = false
      }
    },
    async stop(id) {
      const run = find(id)
      if (current?.run.id !== id) return shown(run)
      current.stop.abort()
      await current.done.catch(() => {})
      return shown(find(id))
    },
    get: (id) => shown(find(id)),
    list: (page) => queue.runs.list(page).map(shown),
    async close() {
      if (current === undefined) return
      current.stopReason = 'The server was stopped while it ran'
      current.stop.abort()
      await current.done.catch(() => {})
    },
  }
}

/** How long a run rests after a round: for the thread's other work, and to keep its own limit. */
function restOf({ sent, startedAt, eventsPerSecondMax }: RunRecord, busyMs: number, now: number): number {
  const dueAt = eventsPerSecondMax === undefined ? 0 : startedAt + (sent / eventsPerSecondMax) * 1000
  return Math.max(1, Math.ceil(busyMs * restPerBusy), dueAt - now)
}

/** Copies of a run that are in the log and not loaded yet. */
function openUnderWay(position: () => bigint) {
  const records: { count: number; end: bigint }[] = []
  return {
    add(count: number, end: bigint): void {
      records.push({ count, end })
    },
    count(): number {
      while (records.length > 0 && records[0]!.end <= position()) records.shift()
      return records.reduce((sum, { count }) => sum + count, 0)
    },
  }
}

/** What could not be released at once is released later: else it would go for sent until the server starts again. */
function openReleasing(queue: RestreamQueue): Sending['queue'] & { again(): void } {
  const owed = new Set<bigint>()
  const release = (offsets: readonly bigint[]) => {
    for (const offset of offsets) owed.add(offset)
    if (owed.size > 0) queue.release([...owed])
    owed.clear()
  }
  return { take: queue.take, release, again: () => release([]) }
}

function withSpeed(run: RunRecord, perSecond: number | undefined): RestreamRun {
  const { total, sent, startedAt, endedAt } = run
  if (endedAt !== null) {
    const seconds = Math.max(0.001, (endedAt - startedAt) / 1000)
    return { ...run, rate: sent === 0 ? null : sent / seconds, etaMs: null }
  }
  const etaMs = perSecond === undefined ? null : (Math.max(0, total - sent) / perSecond) * 1000
  return { ...run, rate: perSecond ?? null, etaMs: etaMs === null ? null : Math.round(etaMs) }
}

/** A pause that ends early, without an error, where the run is stopped. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}

function underWay(id: number | undefined): MillraceError {
  return new MillraceError('conflict', id === undefined ? 'A run is being started' : `Run ${id} is under way`, {
    hint: 'Wait for it, or stop it: one run at a time sends the queue of a workspace.',
  })
}
