/**
 * Which of the sources that wait begin a job: each one, first those that were served longest ago, back-fills last; then each a second,
 * until no more may begin.
 */
import type { Job, WaitingSource } from '../sources.ts'

interface RoundParts {
  /** When it last began a job. */
  readonly servedAt: (source: WaitingSource) => number
  /** Whether the workspace has as many jobs under way as it may. */
  readonly isFull: () => boolean
  readonly isClosed: () => boolean
  /** Those of a source that may begin, in their order; undefined where it is gone. */
  readonly jobsOf: (source: WaitingSource) => Promise<readonly Job[] | undefined>
  /** @returns the jobs that still wait where one began; undefined where none did. */
  readonly begin: (source: WaitingSource, jobs: readonly Job[]) => Promise<readonly Job[] | undefined>
}

/** Of a workspace, so many sources that wait are looked at before it is enough for this time. */
const lookedAtMax = 200

/** `waiting` is of one workspace. */
export async function beginInRounds(
  waiting: readonly WaitingSource[],
  { servedAt, isFull, isClosed, jobsOf, begin }: RoundParts,
): Promise<void> {
  const first = waiting
    .toSorted((a, b) => Number(a.isBackFill) - Number(b.isBackFill) || servedAt(a) - servedAt(b))
    .slice(0, lookedAtMax)
  let left: { source: WaitingSource; jobs: readonly Job[] }[] = []
  for (const source of first) {
    if (isClosed() || (source.isBackFill && isFull())) break
    const jobs = await jobsOf(source)
    if (jobs !== undefined) left.push({ source, jobs: (await begin(source, jobs)) ?? [] })
  }
  while (left.length > 0 && !isClosed() && !isFull()) {
    const round = left
    left = []
    for (const { source, jobs } of round) {
      const rest = await begin(source, jobs)
      if (rest !== undefined && rest.length > 0) left.push({ source, jobs: rest })
    }
  }
}
