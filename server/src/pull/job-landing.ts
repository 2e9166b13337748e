/**
 * What a job of a range has read goes to the log as one replacement: its rows take the place of those of the same source and days, all
 * at once, when all of them are there. Before that nothing has changed; a process that dies in between begins it again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { EventBatch, FetchedFor, Replacement } from '../batch.ts'
import type { InputSnapshot } from '../inputs.ts'
import type { DateRange, Job, Landing } from '../sources.ts'
import type { Logger } from '../telemetry.ts'
import { NotRetryable, type PulledDraft } from './connector.ts'
import { eventsOf, rowsOf } from './draft-events.ts'
import type { JobKeeping } from './job-keeping.ts'
import type { JobPages } from './job-pages.ts'
import { dataOf, dayOf, isWithin } from './row-days.ts'
import type { ReceivedEvents } from './subscriber.ts'
import { surely } from './surely.ts'

/** What replacing rows needs of the log and of the destination. */
export interface Replacements {
  /** Resolves once the events are durable. @throws MillraceError Nothing is stored. */
  append(input: InputSnapshot, events: FetchedEvents, replacement: Replacement): Promise<void>
  /** @returns the offset behind the end. */
  end(input: InputSnapshot, replacement: Required<Replacement>): Promise<bigint>
  /** Undefined where the destination is not there yet; null where it is, and nothing was replaced: the log has lost it. */
  done(workspace: string, attempt: string, end: bigint): Promise<{ rows: number; replaced: number } | undefined | null>
  /** Days of rows that a replacement of these days would have to cut. */
  undivided(workspace: string, source: string, range: DateRange): Promise<readonly DateRange[]>
}

export type FetchedEvents = ReceivedEvents & Pick<EventBatch, 'fetchedFor' | 'fetchedForIndex'>

export interface LandingParts {
  readonly job: Job
  readonly input: InputSnapshot
  readonly store: Pick<JobKeeping, 'landed'>
  readonly replacements: Replacements
  readonly log: Logger
  readonly signal: AbortSignal
  /** Told how many rows are in the log. */
  readonly progress: (rows: number) => void
  /** Told when it begins, and when all is in the log. */
  readonly onLanding: (landing: Landing) => void
}

/** Records appended together lie side by side in the log, where little else comes between them. */
const recordsAtOnce = 16
/** Of a row that comes twice in a job, the first counts, as long as there are not more ids than these. */
const idsMax = 2_000_000
const lookMs = 50

/** @throws NotRetryable: rows of some days would have to be cut. */
export async function refuseUndivided({
  job,
  replacements,
}: Pick<LandingParts, 'job' | 'replacements'>): Promise<void> {
  const found = await replacements.undivided(job.workspace, job.source, job.range!)
  if (found.length === 0) return
  const ranges = found.slice(0, 10).map(({ start, end }) => `${start} to ${end}`)
  throw new NotRetryable(
    `Rows of this source say no day of their own, and were fetched for ${ranges.join(', ')}: only all of those days can be fetched again`,
  )
}

/** Resolves when the rows can be queried. @throws MillraceError: what keeps the log or the store from taking it. */
export async function landPages(pages: JobPages, pageCount: number, parts: LandingParts): Promise<void> {
  const { job, store, replacements, log, signal } = parts
  let landing = isWhole(job.landing) ? job.landing : await appendWhole(pages, pageCount, parts)
  for (;;) {
    signal.throwIfAborted()
    const done = await replacements.done(job.workspace, landing.attempt, BigInt(landing.end))
    if (done === null) {
      log.warn('the log has lost what was to replace rows: it goes there again')
      landing = await appendWhole(pages, pageCount, parts)
    } else if (done !== undefined) {
      await store.landed({ landing, rowsLoaded: done.rows, rowsReplaced: done.replaced })
      log.info('replaced', { rows: done.rows, replaced: done.replaced })
      return
    }
    await delay(lookMs, undefined, { signal })
  }
}

interface WholeLanding extends Landing {
  readonly end: string
}

function isWhole(landing: Landing | null): landing is WholeLanding {
  return landing !== null && landing.end !== null
}

/** All rows and their end, as an attempt of its own. */
async function appendWhole(pages: JobPages, pageCount: number, parts: LandingParts): Promise<WholeLanding> {
  const { job, input, store, replacements, signal, onLanding } = parts
  await refuseUndivided(parts)
  const attempt = `${job.id}.${crypto.randomUUID().slice(0, 8)}`
  const begun = { attempt, end: null }
  onLanding(begun)
  await store.landed({ landing: begun })
  const replacement = { job: job.id, attempt }
  await appendAll(pages, pageCount, replacement, parts)
  // failpoint: job.landing.appended
  const end = await surely(() => replacements.end(input, { ...replacement, end: job.range! }), signal)
  // failpoint: job.landing.ended
  const landing = { attempt, end: `${end}` }
  onLanding(landing)
  await store.landed({ landing })
  return landing
}

async function appendAll(
  pages: JobPages,
  pageCount: number,
  replacement: Replacement,
  { job, input, replacements, log, signal, progress }: LandingParts,
): Promise<void> {
  const range = job.range!
  const member = await pages.dayMember(pageCount)
  const ids = new Set<string>()
  let [rows, twice, undated] = [0, 0, 0]
  let waiting: FetchedEvents[] = []
  const flush = async () => {
    await Promise.all(waiting.map((events) => surely(() => replacements.append(input, events, replacement), signal)))
    waiting = []
    progress(rows)
  }
  for await (const page of pages.read(pageCount)) {
    signal.throwIfAborted()
    const drafts = page.filter(({ id }) => {
      if (id === undefined || !ids.has(id)) return id === undefined || ids.size >= idsMax || ids.add(id) !== undefined
      twice++
      return false
    })
    const days = drafts.map((draft) => dayFor(draft, member, range))
    undated += days.filter((day) => day === undefined).length
    let first = 0
    for (const events of eventsOf(rowsOf({ drafts }))) {
      const { length } = events.starts
      waiting.push({ ...events, ...fetchedFor(days.slice(first, first + length), range, replacement.attempt) })
      first += length
      if (waiting.length >= recordsAtOnce) await flush()
    }
    rows += drafts.length
  }
  await flush()
  const dated = member === undefined ? {} : { day: member }
  log.info('in the log', { rows, ...dated, ...(undated > 0 && { withoutDay: undated }), ...(twice > 0 && { twice }) })
}

/** Undefined where it says none within the range: it is of all the days of the job. */
function dayFor(draft: PulledDraft, member: string | undefined, range: DateRange): string | undefined {
  const day = draft.day ?? (member === undefined ? undefined : dayOf(dataOf(draft)[member]))
  return isWithin(day, range) ? day : undefined
}

function fetchedFor(
  days: readonly (string | undefined)[],
  { start, end }: DateRange,
  attempt: string,
): Pick<EventBatch, 'fetchedFor' | 'fetchedForIndex'> {
  const all = start === end ? start : `${start}/${end}`
  const places = new Map<string, number>()
  const fetchedForIndex = days.map((day = all) => {
    const place = places.get(day) ?? places.size
    places.set(day, place)
    return place
  })
  const fetchedFor: FetchedFor[] = [...places.keys()].map((day) => ({ days: day, attempt }))
  return { fetchedFor, ...(fetchedFor.length > 1 && { fetchedForIndex }) }
}
