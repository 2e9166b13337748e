/** What back-fills of a source take: as its connector says, or as its earlier jobs took, and what of its quota is taken already. */
import { dayIn } from '../../days.ts'
import type { InputType } from '../../inputs.ts'
import { rangeOf } from '../job-rows.ts'
import { type JobRow, listJobs, openJobs } from '../store/jobs.ts'
import type { Db } from '../store/schema.ts'
import { callsOn, type SourceRow } from '../store/sources.ts'
import { type Costs, costsOf, type Measured, type Quota } from './job-plan.ts'
import type { FoundSource } from './source-changes.ts'

/** Of the jobs that went well, as many as are measured. */
const measuredMax = 20

export async function readCosts(db: Db, source: FoundSource, type: InputType | undefined): Promise<Costs> {
  const filter = { source: source.id, state: 'SUCCESS' as const }
  const jobs = await listJobs(db, source.workspaceId, filter, { before: undefined, limit: measuredMax })
  const callsFor = type?.fetches?.callsFor
  const settings = JSON.parse(source.settings) as Record<string, unknown>
  return costsOf(jobs.flatMap(measuredOf), callsFor && ((range) => callsFor(settings, range)))
}

/** @param open Jobs that wait or are under way: they will make the calls that their ranges cost. */
export async function readQuota(
  db: Db,
  { workspaceId, id }: FoundSource,
  kept: SourceRow | undefined,
  costs: Costs,
  now: number,
): Promise<Quota> {
  const callsPerDay = kept?.callsPerDay ?? null
  const today = dayIn('UTC', now)
  const taken = new Map([[today, 0]])
  if (callsPerDay === null) return { callsPerDay, taken }
  taken.set(today, (await callsOn(db, workspaceId, [id], today)).get(id) ?? 0)
  for (const job of await openJobs(db, workspaceId, id)) {
    const range = rangeOf(job)
    const calls = range === null ? 1 : Math.max(0, costs.calls(range) - job.calls)
    const day = dayIn('UTC', Math.max(now, job.notBefore ?? now))
    taken.set(day, (taken.get(day) ?? 0) + calls)
  }
  return { callsPerDay, taken }
}

function measuredOf(job: JobRow): Measured[] {
  const range = rangeOf(job)
  if (range === null || job.startedAt === null || job.endedAt === null) return []
  return [{ range, calls: job.calls, tookMs: job.endedAt - job.startedAt }]
}
