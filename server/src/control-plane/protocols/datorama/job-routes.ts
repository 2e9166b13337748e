/** Jobs: asked for, run again, told, and what they retrieved (DATORAMA-10 to 18, 28 to 30, 39, 42 to 44). */
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { ShownJob } from '../../operations/jobs.ts'
import { type Caller, notFound } from '../../operations/operation.ts'
import { overLimit, withoutOverLimit } from './answers.ts'
import { readBody, refused } from './bodies.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import type { Visitor } from './door.ts'
import { jobsOf } from './job-shape.ts'
import { type Place, placeOf } from './places.ts'
import { Download, type On } from './route.ts'
import { openStreams } from './streams.ts'

const day = z.string('has to be a day as 2026-01-31').regex(/^\d{4}-\d{2}-\d{2}$/, 'has to be a day as 2026-01-31')
const range = z.object({ startDate: day, endDate: day }, 'has to be {startDate, endDate}')
const number = z.coerce.number().int().positive()
const batch = range.extend({ dataStreamIds: z.array(number, 'has to be a list of ids').min(1).max(10_000) })
const jobNumbers = z.array(number, 'has to be a list of ids of jobs').min(1, 'names no job').max(10_000)
const statsPage = z
  .object({ pageSize: number.max(1_000).default(100), pageNumber: number.max(1_000_000).default(1) })
  .default({ pageSize: 100, pageNumber: 1 })

export function jobRoutes(on: On, parts: DatoramaParts): void {
  const { port, numbers } = parts
  const streams = openStreams(parts)

  const told = (caller: Caller, jobs: readonly ShownJob[]) =>
    jobsOf(parts, caller.workspace, jobs, ({ id }) => port.jobLog(caller, id))

  /** Those of a stream; one without a source has none and never had. */
  const sourceAt = async (visitor: Visitor, number: unknown, to: 'read' | 'write') => {
    const place = await placeOf(parts, visitor, 'stream', number, `sources:${to}`)
    const { source } = await streams.get(place.caller, place.id)
    return { ...place, hasSource: source !== undefined }
  }
  const demandSource = async (visitor: Visitor, number: unknown): Promise<Place> => {
    const { hasSource, ...place } = await sourceAt(visitor, number, 'write')
    if (hasSource) return place
    throw refused(`The data stream ${number} has nothing to run: its config needs url and table, or another source's`)
  }
  const process = async (visitor: Visitor, number: unknown, { startDate, endDate }: z.output<typeof range>) => {
    const { caller, id } = await demandSource(visitor, number)
    return told(caller, await port.process(caller, id, { start: startDate, end: endDate }))
  }

  on('POST', '/data-streams/:id/process', ({ visitor, params, body }) =>
    process(visitor, params['id'], readBody(range, body)),
  )

  /** All or none where one of them is not there. */
  on('POST', '/data-streams/process', async ({ visitor, body }) => {
    const { dataStreamIds, ...days } = readBody(batch, body)
    const ids = [...new Set(dataStreamIds)]
    for (const id of ids) await demandSource(visitor, id)
    const jobs: unknown[] = []
    for (const id of ids) jobs.push(...(await process(visitor, id, days)))
    return jobs
  })

  on('POST', '/data-streams/api/:id/rerun-all', async ({ visitor, params }) => {
    const { caller, id } = await demandSource(visitor, params['id'])
    return told(caller, await port.rerun(caller, id, 'all'))
  })

  on('POST', '/data-streams/api/:id/rerun', async ({ visitor, params, body }) => {
    const { caller, id } = await demandSource(visitor, params['id'])
    const wanted = [...new Set(readBody(jobNumbers, body))]
    const jobs = await Promise.all(wanted.map((job) => numbers.find('job', job)))
    const missing = wanted.find((_, index) => jobs[index]?.workspace !== caller.workspace)
    if (missing !== undefined) throw notFound(`job: ${missing}`)
    return told(
      caller,
      await port.rerun(
        caller,
        id,
        jobs.map((job) => job!.id),
      ),
    )
  })

  on('POST', '/data-streams/api/:id/stats', async ({ visitor, params, body }) => {
    const { caller, id, hasSource } = await sourceAt(visitor, params['id'], 'read')
    const { pageSize, pageNumber } = readBody(statsPage, body)
    if (!hasSource) return []
    return told(caller, await port.jobs(caller, id, { skip: (pageNumber - 1) * pageSize, limit: pageSize }))
  })

  on('GET', '/data-stream-stat/:id', async ({ visitor, params }) => {
    const { caller, id } = await placeOf(parts, visitor, 'job', params['id'], 'sources:read')
    return (await told(caller, [await port.job(caller, id)]))[0]
  })

  on('GET', '/data-stream-stats/api/:id/download', async ({ visitor, params }) => {
    const { caller, id } = await placeOf(parts, visitor, 'job', params['id'], 'samples:read')
    return new Download('application/zip', `${params['id']}_data.zip`, await port.jobFile(caller, id, 'zip'))
  })

  on('GET', '/data-stream-stats/dynamic/:id/download', async ({ visitor, params }) => {
    const { caller, id } = await placeOf(parts, visitor, 'job', params['id'], 'samples:read')
    const csv = await port.jobFile(caller, id, 'csv')
    return new Download('text/csv; charset=utf-8', `${params['id']}_data.csv`, Readable.from(harmless(csv)))
  })
}

/** Pieces end where lines do. */
async function* harmless(csv: Readable): AsyncGenerator<Buffer> {
  for await (const piece of csv as AsyncIterable<Buffer>)
    yield piece.includes(overLimit) ? Buffer.from(withoutOverLimit(piece.toString())) : piece
}
