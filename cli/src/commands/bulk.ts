/** `millrace bulk`: one thing done to many sources, in the background of the server. */
import {
  type BulkItem,
  type BulkRequest,
  type BulkWork,
  cancelBulk,
  getBulk,
  getBulkResults,
  getBulks,
  startBulk,
} from '@millrace/client/bulk'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { renderTable } from '../table.ts'
import { bulkText, followBulk, resultsTable, type SaveOptions, saveResults } from './bulk-follow.ts'
import { addSelectionOptions, type SelectionOptions, selectSources } from './bulk-selection.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { confirm } from './confirm.ts'
import { settingsOf } from './inputs.ts'

interface BulkOptions extends SelectionOptions, SaveOptions {
  readonly dryRun?: true
  readonly wait?: true
  readonly yes?: true
  readonly from?: string
  readonly to?: string
  readonly daysPerJob?: number
  readonly spread?: true
  readonly which?: 'failed' | 'ended'
  readonly jobs?: string[]
  readonly toLabel?: string
  readonly set?: string[]
}

export function bulkCommand(program: Program, parent: Command): void {
  const bulk = parent
    .command('bulk')
    .summary('one thing done to many sources')
    .description('Does one thing to many sources, in the background of the server, and tells what became of each.')
    .addHelpText(
      'after',
      examples(
        'millrace bulk process --all --from 2026-01-01 --to 2026-01-31 --wait',
        'millrace bulk rerun --last-job FAILURE --in all --wait --save results.csv --append',
        'millrace bulk rename --label "ads*" --to-label "{label} (old)" --dry-run',
        'millrace bulk patch --csv changes.csv --wait',
        'millrace bulk results ID --csv results.csv --append',
      ),
    )
  const add = (name: string, description: string) => {
    const command = addSelectionOptions(bulk.command(name).description(description))
      .option('--dry-run', 'say of each source what would be done, and change nothing')
      .option('--wait', 'show how it goes until it has ended')
      .option('--save <file>', 'with --wait: a CSV of what became of each source')
      .option('--append', 'with --save: behind the rows that are in the file')
    return addConnectionOptions(command)
  }
  const does = (command: Command, workOf: (options: BulkOptions) => BulkWork) =>
    act<BulkOptions, [string[]]>(program, command, (run, options, names) => start(run, options, names, workOf(options)))

  does(
    add('process', 'Fetches a range of days again, whose rows replace those that are there.')
      .option('--from <day>', 'first day (2026-01-01); or the column start of the CSV')
      .option('--to <day>', 'last day, included; or the column end')
      .option('--days-per-job <n>', 'days of a job, at most', wholeNumber(1, 366))
      .option('--spread', 'what today’s quota cannot hold waits for the days after'),
    processOf,
  )
  does(
    add('rerun', 'Runs again what sources have done.')
      .addOption(new Option('--which <jobs>', 'of each range the newest job').choices(['failed', 'ended']))
      .option('--jobs <ids...>', 'these jobs of one source'),
    ({ which, jobs, csv }) => {
      if (jobs) return { kind: 'rerun', parameters: { jobs } }
      if (which === undefined && csv !== undefined) return { kind: 'rerun' }
      return { kind: 'rerun', parameters: { which: which ?? 'failed' } }
    },
  )
  does(
    add('rename', 'Gives sources other labels.').option(
      '--to-label <template>',
      '{label} stands for the old one, {type} for the type, {n} for the place; or the column label of the CSV',
    ),
    renameOf,
  )
  does(
    add('patch', 'Changes settings, and leaves the others as they are.').option(
      '--set <name=value...>',
      'value is JSON or text; null takes one back; or columns settings.name of the CSV',
    ),
    ({ set, csv }) => {
      if (set === undefined && csv === undefined)
        throw usageError('Nothing says what is to change', 'Give --set or --csv.')
      return { kind: 'patch', ...(set && { parameters: { settings: settingsOf(set) } }) }
    },
  )
  does(add('enable', 'Lets sources run.'), () => ({ kind: 'enable' }))
  does(add('disable', 'Lets sources run no more; what is under way is cancelled.'), () => ({ kind: 'disable' }))
  does(add('delete', 'Deletes sources; their rows stay.').option('--yes', 'do not ask'), () => ({ kind: 'delete' }))
  lookCommands(program, bulk)
}

function processOf({ from: start, to: end, daysPerJob, spread, csv }: BulkOptions): BulkWork {
  const more = { ...(daysPerJob !== undefined && { daysPerJob }), ...(spread && { spread }) }
  if (start !== undefined && end !== undefined) return { kind: 'process', parameters: { start, end, ...more } }
  if (csv === undefined || start !== undefined || end !== undefined)
    throw usageError('A range has two ends', 'Give --from and --to, or a CSV with start and end.')
  return { kind: 'process', ...(Object.keys(more).length > 0 && { parameters: more as never }) }
}

function renameOf({ toLabel, csv }: BulkOptions): BulkWork {
  if (toLabel === undefined && csv === undefined)
    throw usageError('Nothing says how they are to be called', 'Give --to-label or --csv.')
  return { kind: 'rename', ...(toLabel !== undefined && { parameters: { label: toLabel } }) }
}

async function start(
  { world, output }: Run,
  options: BulkOptions,
  names: readonly string[],
  work: BulkWork,
): Promise<ExitCode> {
  const { dryRun = false, wait, save, append, yes } = options
  if (save !== undefined && !wait && !dryRun)
    throw usageError('--save goes with --wait', 'Later: millrace bulk results ID --csv FILE')
  if (append && save === undefined) throw usageError('--append goes with --save')
  const client = await connect(world, options)
  const sources = await selectSources(world, client, names, options)
  if (work.kind === 'delete' && !dryRun) await confirm(world, 'Delete all these sources?', 'delete', yes)
  const request: BulkRequest = { ...work, sources, dryRun }
  const started = await startBulk(client, request)
  if (wait || dryRun) return followBulk({ world, output }, client, started, options)
  output.show([started], () => bulkText(started))
  return exitCodes.ok
}

function lookCommands(program: Program, bulk: Command): void {
  const add = (name: string, description: string) => addConnectionOptions(bulk.command(name).description(description))
  act<ConnectionOptions, []>(program, add('list', 'Lists the operations one asked for, the newest first.'), list)
  act<ConnectionOptions & SaveOptions, [string]>(
    program,
    add('show', 'Shows how far an operation is.').argument('<id>'),
    async ({ world, output }, options, id) => {
      const bulk = await getBulk(await connect(world, options), id)
      output.show([bulk], () => bulkText(bulk))
    },
  )
  act<ConnectionOptions & SaveOptions, [string]>(
    program,
    add('wait', 'Shows how an operation goes until it has ended.')
      .argument('<id>')
      .option('--save <file>', 'a CSV of what became of each source')
      .option('--append', 'with --save: behind the rows that are in the file'),
    async (run, options, id) => {
      const client = await connect(run.world, options)
      return followBulk(run, client, await getBulk(client, id), options)
    },
  )
  act<ConnectionOptions, [string]>(
    program,
    add('cancel', 'Leaves out what waits still; what is done stays done.').argument('<id>'),
    async ({ world, output }, options, id) => {
      const bulk = await cancelBulk(await connect(world, options), id)
      output.show([bulk], () => bulkText(bulk))
    },
  )
  act<ConnectionOptions & { state?: BulkItem['state']; csv?: string; append?: true }, [string]>(
    program,
    add('results', 'Tells what became of each source.')
      .argument('<id>')
      .addOption(new Option('--state <state>', 'in this state').choices(['QUEUED', 'SUCCESS', 'FAILURE', 'CANCELLED']))
      .option('--csv <file>', 'into a file')
      .option('--append', 'with --csv: behind the rows that are in the file'),
    async ({ world, output }, { state, csv: save, append, ...options }, id) => {
      const results = await getBulkResults(await connect(world, options), id, state)
      if (save === undefined) output.show(results, () => resultsTable(results))
      else await saveResults(world, id, results, { save, ...(append && { append }) })
    },
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const bulks = await getBulks(await connect(world, options))
  output.show(bulks, () => {
    if (bulks.length === 0) return 'There are no bulk operations of the last 30 days.'
    return renderTable(
      ['id', 'what', 'state', 'sources', 'failed', 'asked'],
      bulks.map(({ id, kind, isDryRun, state, done, total, failed, createdAt }) => [
        id,
        isDryRun ? `${kind} (dry run)` : kind,
        state,
        `${done} of ${total}`,
        failed,
        createdAt,
      ]),
    )
  })
}
