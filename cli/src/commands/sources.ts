/** `millrace sources`: inputs that fetch by themselves, when they do, and that they do it now. */
import { bodyOf } from '@millrace/client/client'
import { listSources, rerunSource, type Source } from '@millrace/client/sources'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { type Output, printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { confirm } from './confirm.ts'
import { addDiscover } from './discover.ts'
import { followJob, jobText } from './job-log.ts'
import { findSource } from './source-list.ts'
import { addProcessing, followJobs, showJobs } from './source-processing.ts'

interface RunOptions extends ConnectionOptions {
  readonly from?: string
  readonly to?: string
  readonly wait?: true
}

interface ScheduleOptions extends ConnectionOptions {
  readonly cron?: string
  readonly timeZone?: string
  readonly everyMinutes?: number
  readonly days?: number
  readonly lagDays?: number
  readonly never?: true
}

interface RerunOptions extends ConnectionOptions {
  readonly all?: true
  readonly wait?: true
}

export function sourcesCommand(program: Program, parent: Command): void {
  const sources = parent
    .command('sources')
    .summary('what fetches by itself, and when')
    .description('Runs sources and says when they run. A source is an input, named by its label or its id.')
    .addHelpText(
      'after',
      examples(
        'millrace sources list',
        'millrace sources run orders --wait',
        'millrace sources process ads --from 2026-01-01 --to 2026-01-31 --wait',
        'millrace sources rerun ads --all',
        'millrace sources schedule orders --cron "0 3 * * *" --time-zone Europe/Prague',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(sources.command(name).description(description))
  const addOne = (name: string, description: string) => add(name, description).argument('<source>', 'label or id')
  act<ConnectionOptions, []>(program, add('list', 'Lists the sources, with their last job.'), list)
  act<RunOptions, [string]>(
    program,
    addOne('run', 'Runs it now.')
      .option('--from <day>', 'first day of a range, of sources that fetch by dates (2026-01-01)')
      .option('--to <day>', 'last day of the range, included')
      .option('--wait', 'show what the job says until it ends; fails where it does'),
    run,
  )
  addProcessing(program, addOne)
  addDiscover(program, sources)
  act<RerunOptions, [string]>(
    program,
    addOne(
      'rerun',
      'Fetches again the ranges whose last job failed, and what has no range likewise; rows of a range replace those of the same days.',
    )
      .option('--all', 'every range that has a job that ended')
      .option('--wait', 'show how far it is until all jobs have ended; fails where one does'),
    rerun,
  )
  act<ScheduleOptions, [string]>(
    program,
    addOne('schedule', 'Says when it runs by itself.')
      .option('--cron <expression>', 'minute, hour, day, month and weekday')
      .option('--time-zone <name>', 'of --cron, UTC where it is missing')
      .option('--every-minutes <n>', 'every so many minutes from now on', wholeNumber(1, 44_640))
      .option('--days <n>', 'its jobs have the last so many days, up to yesterday', wholeNumber(1, 366))
      .option('--lag-days <n>', 'with --days: up to so many days ago; 0 is today', wholeNumber(0, 366))
      .option('--never', 'only when somebody asks'),
    schedule,
  )
  act<ConnectionOptions, [string]>(program, addOne('pause', 'Lets its schedule stand still.'), changer('pause'))
  act<ConnectionOptions, [string]>(program, addOne('resume', 'Lets its schedule go on.'), changer('resume'))
  act<ConnectionOptions & { yes?: true }, [string]>(
    program,
    addOne('reset', 'Forgets where it ended: the next run begins from the beginning. Rows stay.').option(
      '--yes',
      'do not ask',
    ),
    reset,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const sources = await listSources(await connect(world, options))
  output.show(sources, () => {
    if (sources.length === 0) return 'There are no sources: millrace inputs types lists what one can be.'
    return renderTable(
      ['label', 'type', 'schedule', 'next', 'last job', 'rows', 'id'],
      sources.map(({ label, type, schedule, nextAt, pausedAt, lastJob, id }) => [
        label,
        type,
        scheduleText(schedule),
        pausedAt === null ? nextAt : 'paused',
        lastJob?.state,
        lastJob?.rowCount,
        id,
      ]),
    )
  })
}

function scheduleText(schedule: Source['schedule']): string {
  if (schedule === null) return ''
  const when = 'cron' in schedule ? `${schedule.cron} ${schedule.timeZone}` : `every ${schedule.everyMinutes} min`
  return schedule.window === undefined ? when : `${when}, ${schedule.window.days} d`
}

async function run(
  { world, output }: Run,
  { from, to, wait, ...options }: RunOptions,
  name: string,
): Promise<ExitCode> {
  if ((from === undefined) !== (to === undefined)) throw usageError('A range has two ends', 'Give --from and --to.')
  const client = await connect(world, options)
  const { id } = await findSource(client, name)
  const body = from === undefined || to === undefined ? {} : { range: { start: from, end: to } }
  const job = await bodyOf(client.POST('/api/v1/sources/{id}/run', { params: { path: { id } }, body }))
  if (!wait) {
    output.show([job], () => jobText(job))
    return exitCodes.ok
  }
  const ended = await followJob(world, client, job.id, output)
  if (ended === undefined) return exitCodes.ok
  output.show([ended], () => jobText(ended))
  return ended.state === 'SUCCESS' ? exitCodes.ok : exitCodes.failed
}

async function rerun({ world, output }: Run, { all, wait, ...options }: RerunOptions, name: string): Promise<ExitCode> {
  const client = await connect(world, options)
  const { id } = await findSource(client, name)
  const jobs = await rerunSource(client, id, all ? 'ended' : 'failed')
  return wait ? followJobs({ world, output }, client, jobs) : showJobs(output, jobs)
}

async function schedule(
  { world, output }: Run,
  { cron, timeZone, everyMinutes, days, lagDays, never, ...options }: ScheduleOptions,
  name: string,
): Promise<void> {
  if ([cron, everyMinutes, never].filter((given) => given !== undefined).length !== 1)
    throw usageError('It runs by one schedule, or by none', 'Give --cron, --every-minutes or --never.')
  if (lagDays !== undefined && days === undefined) throw usageError('--lag-days goes with --days')
  if (timeZone !== undefined && cron === undefined) throw usageError('A time zone goes with --cron')
  const client = await connect(world, options)
  const { id } = await findSource(client, name)
  const window = days === undefined ? {} : { window: { days, lagDays: lagDays ?? 1 } }
  const byClock = cron === undefined ? null : { cron, timeZone: timeZone ?? 'UTC', ...window }
  const body = { schedule: everyMinutes === undefined ? byClock : { everyMinutes, ...window } }
  show(output, await bodyOf(client.PUT('/api/v1/sources/{id}/schedule', { params: { path: { id } }, body })))
}

function changer(what: 'pause' | 'resume') {
  return async ({ world, output }: Run, options: ConnectionOptions, name: string): Promise<void> => {
    const client = await connect(world, options)
    const { id } = await findSource(client, name)
    show(output, await bodyOf(client.POST(`/api/v1/sources/{id}/${what}`, { params: { path: { id } } })))
  }
}

async function reset(
  { world, output }: Run,
  { yes, ...options }: ConnectionOptions & { yes?: true },
  name: string,
): Promise<void> {
  const client = await connect(world, options)
  const { id, label } = await findSource(client, name)
  await confirm(world, `Forget where ${label} ended, so that all of it is fetched again?`, label, yes)
  show(output, await bodyOf(client.POST('/api/v1/sources/{id}/reset', { params: { path: { id } } })))
}

function show(output: Output, source: Source): void {
  const { label, schedule, nextAt, pausedAt } = source
  const next = pausedAt !== null ? 'its schedule is paused' : nextAt ? `runs next at ${nextAt}` : 'runs when asked'
  const by = schedule === null ? '' : ` (${JSON.stringify(schedule)})`
  output.show([source], () => `${printable(label)} ${next}${by}.`)
}
