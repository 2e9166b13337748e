/** `millrace sources process`, `plan` and `limit`: ranges of days fetched in many jobs, and what that takes. */
import type { Client } from '@millrace/client/client'
import {
  jobsEnded,
  limitSource,
  type ProcessRequest,
  planSource,
  processSource,
  type SourceJob,
} from '@millrace/client/sources'
import type { Command } from 'commander'
import { type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { type Output, printable } from '../output.ts'
import { progressBar } from '../progress-bar.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import { untilStopped } from '../stopping.ts'
import { renderTable } from '../table.ts'
import type { World } from '../world.ts'
import { act, type Program, type Run, wholeNumber } from './command.ts'
import { findSource } from './source-list.ts'

interface RangeOptions extends ConnectionOptions {
  readonly from: string
  readonly to: string
  readonly daysPerJob?: number
  readonly spread?: true
}

interface LimitOptions extends ConnectionOptions {
  readonly daysPerJob?: number
  readonly jobsAtOnce?: number
  readonly callsPerDay?: number
  readonly anyCalls?: true
}

export function addProcessing(program: Program, addOne: (name: string, description: string) => Command): void {
  const withRange = (command: Command) =>
    command
      .requiredOption('--from <day>', 'first day (2026-01-01)')
      .requiredOption('--to <day>', 'last day, included')
      .option('--days-per-job <days>', 'days of a job, at most', wholeNumber(1, 366))
      .option('--spread', 'let what today’s quota cannot hold wait for the days after')
  act<RangeOptions & { wait?: true }, [string]>(
    program,
    withRange(addOne('process', 'Fetches a range of days in jobs; its rows replace those of the same days.')).option(
      '--wait',
      'show how far it is until all jobs have ended; fails where one does',
    ),
    processRange,
  )
  act<RangeOptions, [string]>(
    program,
    withRange(addOne('plan', 'Says what processing would take: jobs, calls, time. Queues nothing.')),
    plan,
  )
  act<LimitOptions, [string]>(
    program,
    addOne('limit', 'Says how its jobs are cut and run.')
      .option('--days-per-job <days>', 'days of a job, at most', wholeNumber(1, 366))
      .option('--jobs-at-once <jobs>', 'jobs of different days under way at once', wholeNumber(1, 15))
      .option('--calls-per-day <calls>', 'requests it may be sent in a day of UTC', wholeNumber(1, 1_000_000_000))
      .option('--any-calls', 'as many requests as it takes'),
    limit,
  )
}

function requestOf({ from, to, daysPerJob, spread }: RangeOptions): ProcessRequest {
  return {
    ...{ start: from, end: to },
    ...(daysPerJob !== undefined && { daysPerJob }),
    ...(spread && { spread }),
  }
}

async function processRange(
  { world, output }: Run,
  options: RangeOptions & { wait?: true },
  name: string,
): Promise<ExitCode> {
  const client = await connect(world, options)
  const { id } = await findSource(client, name)
  const jobs = await processSource(client, id, requestOf(options))
  return options.wait ? followJobs({ world, output }, client, jobs) : showJobs(output, jobs)
}

/** Shows how far they are until all have ended, or until Ctrl-C. */
export async function followJobs(
  { world, output }: Pick<Run, 'world' | 'output'>,
  client: Client,
  jobs: readonly SourceJob[],
): Promise<ExitCode> {
  let ended: SourceJob[] | undefined
  await untilStopped(world, async (signal) => {
    ended = await jobsEnded(client, jobs, { signal, onProgress: barOf(world) })
  })
  if (world.stderr.isTTY === true) world.stderr.write('\n')
  showJobs(output, ended ?? jobs)
  return (ended ?? []).every(({ state }) => state === 'SUCCESS') ? exitCodes.ok : exitCodes.failed
}

function barOf(world: World) {
  return ({
    ended,
    total,
    elapsedMs,
    etaMs,
  }: {
    ended: number
    total: number
    elapsedMs: number
    etaMs: number | null
  }) => {
    if (world.stderr.isTTY !== true) return
    const rate = elapsedMs === 0 ? 0 : (ended * 1000) / elapsedMs
    const bar = progressBar({ done: ended, total, rate, noun: 'job', etaMs })
    world.stderr.write(`\r${bar}\u001b[K`)
  }
}

export function showJobs(output: Output, jobs: readonly SourceJob[]): ExitCode {
  output.show([...jobs], () => {
    if (jobs.length === 0) return 'There is nothing to run.'
    const table = renderTable(
      ['range', 'state', 'rows', 'replaced', 'error', 'id'],
      jobs.map(({ range, state, rowsLoaded, rowsReplaced, error, id }) => [
        range === null ? '' : `${range.start} to ${range.end}`,
        ...[state, rowsLoaded, rowsReplaced, error?.code, id],
      ]),
    )
    return [table, ...reasonsOf(jobs)].join('\n')
  })
  return exitCodes.ok
}

/** Each once, with how many jobs say so. */
function reasonsOf(jobs: readonly SourceJob[]): string[] {
  const byReason = Map.groupBy(jobs, ({ error }) => error?.message)
  return [...byReason].flatMap(([message, { length }]) =>
    message === undefined ? [] : [`${formatNumberOf(length, 'job')}: ${printable(message)}`],
  )
}

async function plan({ world, output }: Run, options: RangeOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const { id } = await findSource(client, name)
  const found = await planSource(client, id, requestOf(options))
  const { jobs, calls, basis, callsPerDay, callsLeftToday, jobsLater, expectedEndAt } = found
  const words = {
    declared: 'as the connector says',
    measured: 'as earlier jobs took',
    assumed: 'one a job, as nobody knows',
  }
  output.show([found], () => {
    const quota = callsPerDay === null ? '' : `, of ${formatCount(callsLeftToday ?? 0)} that today’s quota has left`
    const later = jobsLater === 0 ? '' : `\n${formatCount(jobsLater)} jobs would wait for the days after.`
    const takesMs = expectedEndAt === null ? undefined : Date.parse(expectedEndAt) - Date.now()
    const time = takesMs === undefined ? '' : `\nIt would take about ${formatDuration(Math.max(0, takesMs))}.`
    return `${formatCount(jobs.length)} jobs, ${formatCount(calls)} calls (${words[basis]})${quota}.${later}${time}`
  })
}

async function limit(
  { world, output }: Run,
  { daysPerJob, jobsAtOnce, callsPerDay, anyCalls, ...options }: LimitOptions,
  name: string,
): Promise<void> {
  if (anyCalls && callsPerDay !== undefined) throw usageError('Give --calls-per-day or --any-calls')
  const client = await connect(world, options)
  const { id } = await findSource(client, name)
  const source = await limitSource(client, id, {
    ...(daysPerJob !== undefined && { daysPerJob }),
    ...(jobsAtOnce !== undefined && { jobsAtOnce }),
    ...(callsPerDay !== undefined && { callsPerDay }),
    ...(anyCalls && { callsPerDay: null }),
  })
  const { limits } = source
  const or = (value: number | null, otherwise: string) => (value === null ? otherwise : formatCount(value))
  output.show(
    [source],
    () =>
      `Jobs of at most ${or(limits.daysPerJob, '10')} days, ${or(limits.jobsAtOnce, '4')} at once, ${or(limits.callsPerDay, 'any number of')} calls a day.`,
  )
}
