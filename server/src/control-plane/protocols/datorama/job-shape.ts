/** A job as it is told, under the name of a stat. */
import type { JobLogLine } from '../../../sources.ts'
import type { ShownJob } from '../../operations/jobs.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import { historyOf, type Touch } from './history.ts'

/** Final are SUCCESS, FAILURE and ERROR; whatever else a status says, the client waits for it to change. */
export function statusOf({ state }: Pick<ShownJob, 'state'>): string {
  return state === 'CANCELLED' ? 'ERROR' : state
}

/** Each with its log, which is read for it. */
export async function jobsOf(
  parts: DatoramaParts,
  workspace: string,
  jobs: readonly ShownJob[],
  logOf: (job: ShownJob) => Promise<readonly JobLogLine[]>,
): Promise<Record<string, unknown>[]> {
  const { numbers } = parts
  const ids = await numbers.of(
    'job',
    workspace,
    jobs.map(({ id }) => id),
  )
  return Promise.all(
    jobs.map(async (job, index) => {
      const { source, askedBy, range, startedAt, endedAt, rowCount, rowsLoaded, rerunOf } = job
      const made: Touch = { at: job.queuedAt, by: null }
      const userId = askedBy === null ? null : await numbers.one('user', '', askedBy)
      return {
        id: ids[index]!,
        dataStreamId: await numbers.one('stream', workspace, source),
        status: statusOf(job),
        dataStartDate: range?.start ?? null,
        dataEndDate: range?.end ?? null,
        startExecutionTime: startedAt,
        endExecutionTime: endedAt,
        processedRows: rowsLoaded,
        rowsRetrieved: rowCount,
        rerunOf: rerunOf === null ? null : await numbers.one('job', workspace, rerunOf),
        processLog: processLogOf(job, await logOf(job)),
        ...(await historyOf(numbers, made, { at: endedAt ?? startedAt ?? job.queuedAt, by: null })),
        createUserId: userId,
        userId,
      }
    }),
  )
}

const charsMax = 20_000

/** Lines with their times; of one that has ended the last bracket holds when, with one character behind it that the client cuts off. */
export function processLogOf(
  { state, endedAt, error }: Pick<ShownJob, 'state' | 'endedAt' | 'error'>,
  lines: readonly JobLogLine[],
): string {
  const told = lines.map(({ at, message, fields }) => `[${timeOf(at)}] ${message}${fieldsOf(fields)}`)
  if (error !== null) told.push(error.message)
  const text = told.join('\n').slice(-charsMax)
  return endedAt === null ? text : `${text}${text === '' ? '' : '\n'}${state} [${timeOf(endedAt)}]`
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

function fieldsOf(fields: JobLogLine['fields']): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
  return pairs.length === 0 ? '' : ` (${pairs.join(', ')})`
}
