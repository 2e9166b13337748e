/**
 * Which jobs may be under way side by side: fifteen of a workspace; of a source those of different days, a few at a time, and one that
 * goes on from the source's state by itself. Back-fills make room for what is due.
 */
import { overlap } from '../days.ts'
import { defaultLimits, type Job, jobsAtOnce } from '../sources.ts'

/** What is under way, as far as it stands in others' way. */
export type Beside = Pick<Job, 'id' | 'workspace' | 'source' | 'range' | 'isBackFill' | 'landing'>

/**
 * Those under way that keep a job from beginning.
 * @param atOnce Jobs of its source that may be under way; null: the default.
 */
export function inTheWay(
  job: Beside,
  running: readonly Beside[],
  atOnce: number | null,
): { readonly all: readonly Beside[]; readonly needed: number } {
  const others = running.filter(({ workspace }) => workspace === job.workspace)
  const ofSource = others.filter(({ source }) => source === job.source)
  const clashing = ofSource.filter((other) => clash(job, other))
  if (clashing.length > 0) return { all: clashing, needed: clashing.length }
  const tooMany = ofSource.length - (atOnce ?? defaultLimits.jobsAtOnce) + 1
  if (tooMany > 0) return { all: ofSource, needed: tooMany }
  const crowded = others.length - jobsAtOnce + 1
  return crowded > 0 ? { all: others, needed: crowded } : { all: [], needed: 0 }
}

/**
 * Which back-fills stop so that a job which is due may begin, the youngest first; none where that would not let it begin. Those whose
 * rows are on their way to the tables end by themselves soon.
 */
export function toStop(job: Beside, way: ReturnType<typeof inTheWay>): readonly Beside[] {
  if (job.isBackFill || way.needed === 0) return []
  const backFills = way.all.filter(({ isBackFill, landing }) => isBackFill && landing === null)
  if (backFills.length < way.needed) return []
  return backFills.toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, way.needed)
}

/** Whether both would write the same days, or one of them the source's state. */
function clash(one: Beside, other: Beside): boolean {
  if (one.range === null || other.range === null) return true
  return overlap(one.range, other.range)
}
