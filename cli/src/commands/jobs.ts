/** `millrace jobs`: the jobs of sources, what they say, and their end. */
import { bodyOf } from '@millrace/client/client'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes } from '../failure.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { followJob, getJob, type Job, jobText, showLog } from './job-log.ts'
import { findSource } from './sources.ts'

interface ListOptions extends ConnectionOptions {
  readonly source?: string
  readonly state?: Job['state']
  readonly limit: number
}

const states: readonly Job['state'][] = ['QUEUED', 'RUNNING', 'SUCCESS', 'FAILURE', 'CANCELLED']

export function jobsCommand(program: Program, parent: Command): void {
  const jobs = parent
    .command('jobs')
    .summary('what sources do and did')
    .description('Lists the jobs of sources, shows what they say, and cancels them.')
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
      .option('--source <source>', 'of one source, by label or id')
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
  act<ConnectionOptions, [string]>(
    program,
    add('cancel', 'Cancels a job. What it has fetched stays.').argument('<job>', 'id'),
    cancel,
  )
}

async function list({ world, output }: Run, { source, state, limit, ...options }: ListOptions): Promise<void> {
  const client = await connect(world, options)
  const id = source === undefined ? undefined : (await findSource(client, source)).id
  const query = { limit, ...(id !== undefined && { source: id }), ...(state !== undefined && { state }) }
  const { items } = await bodyOf(client.GET('/api/v1/jobs', { params: { query } }))
  output.show(items, () => {
    if (items.length === 0) return 'There are no jobs.'
    return renderTable(
      ['queued', 'state', 'range', 'rows', 'tried again', 'error', 'id'],
      items.map(({ queuedAt, state, range, rowCount, attempts, error, id }) => [
        queuedAt,
        state,
        range === null ? '' : `${range.start} to ${range.end}`,
        rowCount,
        attempts,
        error?.code,
        id,
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

async function cancel({ world, output }: Run, options: ConnectionOptions, id: string): Promise<void> {
  const client = await connect(world, options)
  const job = await bodyOf(client.POST('/api/v1/jobs/{id}/cancel', { params: { path: { id } } }))
  output.show([job], () => jobText(job))
}
