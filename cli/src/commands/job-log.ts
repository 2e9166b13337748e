/** What jobs say, as text, until they end. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { type Output, printable } from '../output.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import { untilStopped } from '../stopping.ts'
import type { World } from '../world.ts'

export type Job = components['schemas']['Job']
type SourceJob = components['schemas']['SourceJob']
type JobLogLine = components['schemas']['JobLogLine']

const followEveryMs = 500

export function getJob(client: Client, id: string): Promise<Job> {
  return bodyOf(client.GET('/api/v1/jobs/{id}', { params: { path: { id } } }))
}

/** Shows all lines from `from` on, and gives where those begin that follow. */
export async function showLog(client: Client, id: string, output: Output, from = 0): Promise<number> {
  for (let next = from; ; ) {
    const params = { path: { id }, query: { from: next } }
    const { items, next: after } = await bodyOf(client.GET('/api/v1/jobs/{id}/log', { params }))
    if (items.length === 0) return next
    output.show(items, () => items.map(lineText).join('\n'))
    next = after
  }
}

/** Shows what it says until it ends; undefined where Ctrl-C came first, which leaves the job as it is. */
export async function followJob(world: World, client: Client, id: string, output: Output): Promise<Job | undefined> {
  let ended: Job | undefined
  await untilStopped(world, async (signal) => {
    for (let next = 0; ended === undefined; ) {
      const job = await getJob(client, id)
      next = await showLog(client, id, output, next)
      if (job.endedAt !== null) ended = job
      else await delay(followEveryMs, undefined, { signal })
    }
  })
  return ended
}

export function jobText(job: Job): string {
  const { id, rowCount, error } = job
  const why = error === null ? '' : `: ${printable(error.message)}`
  const rows = rowCount === null ? '' : `, ${formatNumberOf(rowCount, 'row')}`
  const what = job.kind === 'source' ? rangeText(job) : printable(job.label)
  return `Job ${id}${what && ` of ${what}`}: ${stateText(job)}${rows}${progressText(job)}${why}`
}

function progressText(job: Job): string {
  if (job.kind !== 'source' || job.endedAt !== null) return ''
  const { loaded, total, etaAt } = job
  const far = loaded === null ? '' : `, ${formatCount(loaded)}${total === null ? '' : ` of ${formatCount(total)}`}`
  const left = etaAt === null ? '' : `, ${formatDuration(Math.max(0, Date.parse(etaAt) - Date.now()))} left`
  return far + left
}

/** One that stands still says so. */
export function stateText(job: Job): string {
  return job.kind === 'source' && job.pausedAt !== null && job.endedAt === null ? `${job.state}, paused` : job.state
}

/** Empty where it has none. */
export function rangeText({ range }: SourceJob): string {
  return range === null ? '' : `${range.start} to ${range.end}`
}

function lineText({ at, level, message, fields }: JobLogLine): string {
  const more = Object.entries(fields).map(([name, value]) => `  ${printable(name)}=${printable(String(value))}`)
  return `${at}  ${level.padEnd(5)}  ${printable(message)}${more.join('')}`
}
