/** `millrace jobs`: jobs of sources and of scheduled queries, what they say, and their end. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { bodyOf } from '@millrace/client/client'
import { changeJobs, listSources, rerunJobs, streamJob } from '@millrace/client/sources'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { formatCount } from '../quantities.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { followJob, getJob, type Job, jobText, rangeText, showLog, stateText } from './job-log.ts'
import { findQuery } from './query-list.ts'
import { findSource } from './source-list.ts'
import { showJobs } from './source-processing.ts'

interface ListOptions extends ConnectionOptions {
  readonly kind?: Job['kind']
  readonly source?: string
  readonly query?: string
  readonly state?: Job['state']
  readonly limit: number
}

const changes = [
  ['cancel', 'Cancels jobs. What those without a range have fetched stays.'],
  ['pause', 'Lets jobs stand still; those under way go on later behind their last page.'],
  ['resume', 'Lets jobs go on that stand still.'],
] as const
const kinds: readonly Job['kind'][] = ['source', 'query', 'consolidation']
const states: readonly Job['state'][] = ['QUEUED', 'RUNNING', 'SUCCESS', 'FAILURE', 'CANCELLED']

export function jobsCommand(program: Program, parent: Command): void {
  const jobs = parent
    .command('jobs')
    .summary('what sources and scheduled queries do and did')
    .description(
      'Lists the jobs of sources and the runs of scheduled queries, shows what they say, and cancels them.\n' +
        'Jobs of sources can be paused, run again and downloaded, too.',
    )
    .addHelpText(
      'after',
      examples(
        'millrace jobs list --source orders',
        'millrace jobs list --state FAILURE',
        'millrace jobs log ID --follow',
      ),
    )
  const add = (name: string, description: string) => addConnectionOptions(jobs.command(name).description(description))
  act<ListOptions, []>(
    program,
    add('list', 'Lists jobs, the newest first.')
      .addOption(new Option('--kind <kind>', 'of one kind').choices(kinds))
      .option('--source <source>', 'of one source, by label or id')
      .option('--query <query>', 'of one scheduled query, by label or id')
      .addOption(new Option('--state <state>', 'in one state').choices(states))
      .option('--limit <jobs>', 'jobs at most', wholeNumber(1, 1000), 50),
    list,
  )
  act<ConnectionOptions & { follow?: true }, [string]>(
    program,
    add('log', 'Shows what a job says.')
      .argument('<job>', 'id')
      .option('--follow', 'go on until it ends, or until Ctrl-C; fails where it does'),
    log,
  )
  act<ConnectionOptions, [string[]]>(
    program,
    add('rerun', 'Queues jobs again, as new ones; their rows replace those of the same days.').argument(
      '<jobs...>',
      'ids',
    ),
    rerun,
  )
  for (const [what, description] of changes)
    act<ConnectionOptions & { source?: string }, [string[]]>(
      program,
      add(what, description)
        .argument('[jobs...]', 'ids')
        .option('--source <source>', 'instead of ids: all of a source that are open, by label or id'),
      changer(what),
    )
  act<ConnectionOptions & { output?: string; csv?: true }, [string]>(
    program,
    add('download', 'Saves what a job retrieved, as a zip of CSV.')
      .argument('<job>', 'id')
      .option('--output <file>', 'where to; else the id of the job and .zip or .csv, in this folder')
      .option('--csv', 'one file of CSV instead of a zip'),
    download,
  )
}

async function list(
  { world, output }: Run,
  { kind, source, query: queryName, state, limit, ...options }: ListOptions,
): Promise<void> {
  const client = await connect(world, options)
  const filter = {
    ...(kind !== undefined && { kind }),
    ...(source !== undefined && { source: (await findSource(client, source)).id }),
    ...(queryName !== undefined && { query: (await findQuery(client, queryName)).id }),
    ...(state !== undefined && { state }),
  }
  const { items } = await bodyOf(client.GET('/api/v1/jobs', { params: { query: { limit, ...filter } } }))
  const isOfSources = output.isHuman && items.some(({ kind }) => kind === 'source')
  const labels = new Map(isOfSources ? (await listSources(client)).map(({ id, label }) => [id, label]) : [])
  output.show(items, () => {
    if (items.length === 0) return 'There are no jobs.'
    return renderTable(
      ['queued', 'kind', 'of', 'range', 'state', 'rows', 'tried again', 'error', 'id'],
      items.map((job) => [
        ...[job.queuedAt, job.kind],
        ...(job.kind === 'source' ? [labels.get(job.source) ?? job.source, rangeText(job)] : [job.label, null]),
        ...[stateText(job), job.rowCount, job.kind === 'source' ? job.attempts : null, job.error?.code, job.id],
      ]),
    )
  })
}

async function log(
  { world, output }: Run,
  { follow, ...options }: ConnectionOptions & { follow?: true },
  id: string,
): Promise<ExitCode> {
  const client = await connect(world, options)
  if (!follow) {
    await getJob(client, id)
    await showLog(client, id, output)
    return exitCodes.ok
  }
  const ended = await followJob(world, client, id, output)
  return ended?.state === 'FAILURE' || ended?.state === 'CANCELLED' ? exitCodes.failed : exitCodes.ok
}

async function rerun({ world, output }: Run, options: ConnectionOptions, ids: string[]): Promise<void> {
  showJobs(output, await rerunJobs(await connect(world, options), ids))
}

function changer(what: 'cancel' | 'pause' | 'resume') {
  return async (
    { world, output }: Run,
    { source, ...options }: ConnectionOptions & { source?: string },
    ids: string[],
  ): Promise<void> => {
    if ((ids.length === 0) === (source === undefined)) throw usageError('Give ids of jobs, or --source')
    const client = await connect(world, options)
    const which = source === undefined ? { ids } : { source: (await findSource(client, source)).id }
    const jobs = await changeJobs(client, what, which)
    output.show(jobs, () => (jobs.length === 0 ? 'There are none.' : jobs.map(jobText).join('\n')))
  }
}

async function download(
  { world, output }: Run,
  { output: file, csv, ...options }: ConnectionOptions & { output?: string; csv?: true },
  id: string,
): Promise<void> {
  const format = csv ? 'csv' : 'zip'
  const body = await streamJob(await connect(world, options), id, format)
  const path = file ?? `${id}.${format}`
  const target = createWriteStream(path)
  await pipeline(Readable.fromWeb(body as NodeStream), target)
  const bytes = target.bytesWritten
  output.show([{ file: path, bytes }], () => `${path}: ${formatCount(bytes)} bytes`)
}
