/** `millrace restream`: what could not go on, seen, sent through again or thrown away. */
import { bodyOf, type Client, ClientError } from '@millrace/client/client'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { CommandError, type ExitCode, exitCodes, usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { confirm } from './confirm.ts'
import { followRun, type RestreamRun } from './restream-run.ts'

interface Filter {
  readonly fingerprint?: string
  readonly code?: string
  readonly eventType?: string
  readonly input?: string
}

interface FilterOptions extends Omit<Filter, 'fingerprint'> {
  readonly cluster?: string
}

type PageOptions = ConnectionOptions & { limit: number }
type ListOptions = PageOptions & FilterOptions
type SendOptions = ChoiceOptions & { rate?: number; wait: boolean }
type ChoiceOptions = ConnectionOptions & FilterOptions & { all?: true }

export function restreamCommand(program: Program, parent: Command): void {
  const restream = parent
    .command('restream')
    .summary('what could not go on: clusters, list, show, send again, purge')
    .description(
      'Events that could not go on are kept whole, with the reason. Fix the cause, then send them through again.',
    )
    .addHelpText(
      'after',
      examples(
        'millrace restream clusters',
        'millrace restream list --cluster 9f86d081884c7d65',
        'millrace restream show 4711',
        'millrace restream send --code number_range',
        'millrace restream send --all --rate 500',
        'millrace restream purge --event-type test --yes',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(restream.command(name).description(description))
  const addFilter = (command: Command) =>
    command
      .option('--cluster <fingerprint>', 'those of this cluster')
      .option('--code <code>', 'those with this reason')
      .option('--event-type <name>', 'those of this event type')
      .option('--input <label>', 'those that came by this input')

  const addLimit = (command: Command, what: string, count: number) =>
    command.option(`--limit <${what}>`, `${what} at most`, wholeNumber(1, 1_000_000), count)

  act<PageOptions, []>(
    program,
    addLimit(add('clusters', 'Lists what failed for the same reason as one line, the largest first.'), 'clusters', 50),
    clusters,
  )
  act<ListOptions, []>(program, addLimit(addFilter(add('list', 'Lists the entries by offset.')), 'entries', 100), list)
  act<ConnectionOptions, [string]>(
    program,
    add('show', 'Shows an entry and the event as it arrived.').argument('<offset>'),
    show,
  )
  act<SendOptions, [string[]]>(
    program,
    addFilter(add('send', 'Sends entries through the pipeline again, in the background; shows how far it is.'))
      .argument('[offset...]')
      .option('--all', 'every entry')
      .option('--rate <events>', 'events per second at most; as new events allow without it', wholeNumber(1, 1_000_000))
      .option('--no-wait', 'start it and leave'),
    send,
  )
  act<PageOptions, []>(program, addLimit(add('runs', 'Lists what was sent, the newest first.'), 'runs', 20), runs)
  act<ConnectionOptions, [string]>(
    program,
    add('stop', 'Ends a run; what it has not sent goes on waiting.').argument('<run>'),
    stop,
  )
  act<ChoiceOptions & { yes?: true }, [string[]]>(
    program,
    addFilter(add('purge', 'Throws entries away for good. Asks twice.'))
      .argument('[offset...]')
      .option('--all', 'every entry')
      .option('--yes', 'do not ask'),
    purge,
  )
}

async function clusters({ world, output }: Run, options: PageOptions): Promise<void> {
  const client = await connect(world, options)
  const found = await listItems(
    (page) => bodyOf(client.GET('/api/v1/restream/clusters', { params: { query: page } })),
    options.limit,
  )
  output.show(found, () => {
    if (found.length === 0) return 'Nothing waits.'
    const rows = found.map(({ fingerprint, count, stage, code, pattern, eventTypes, lastFailedAt, examples }) => [
      fingerprint,
      formatCount(count),
      stage,
      code,
      pattern,
      eventTypes.map(({ name }) => name).join(', '),
      lastFailedAt,
      examples[0],
    ])
    return renderTable(['cluster', 'events', 'stage', 'code', 'reason', 'event types', 'last', 'example'], rows)
  })
}

async function list({ world, output }: Run, options: ListOptions): Promise<void> {
  const client = await connect(world, options)
  const entries = await listItems(
    (page) => bodyOf(client.GET('/api/v1/restream', { params: { query: { ...filterOf(options), ...page } } })),
    options.limit,
  )
  output.show(entries, () => {
    if (entries.length === 0) return 'Nothing waits.'
    const rows = entries.map(({ offset, eventType, input, stage, code, message, restreamCount, isSent }) => [
      offset,
      eventType,
      input.label,
      stage,
      code,
      message,
      restreamCount,
      isSent ? 'on its way' : 'waits',
    ])
    return renderTable(['offset', 'event type', 'input', 'stage', 'code', 'reason', 'sent before', 'state'], rows)
  })
  if (entries.length === options.limit)
    output.warn(`There may be more: these are the first ${formatCount(entries.length)} (--limit).`)
}

async function show({ world, output }: Run, options: ConnectionOptions, offset: string): Promise<void> {
  const client = await connect(world, options)
  const entry = await bodyOf(client.GET('/api/v1/restream/{offset}', { params: { path: { offset } } }))
  output.show([entry], () => {
    const { raw, input, ...facts } = entry
    const lines = Object.entries({ ...facts, input: input.label }).map(
      ([name, value]) => `${name.padEnd(15)}${printable(String(value))}`,
    )
    return [...lines, '', raw.encoding === 'utf8' ? printable(raw.data) : `base64 ${raw.data}`].join('\n')
  })
}

async function send({ world, output }: Run, options: SendOptions, offsets: string[]): Promise<ExitCode> {
  const choice = choiceOf(options, offsets)
  const client = await connect(world, options)
  const body = { ...choice, ...(options.rate !== undefined && { eventsPerSecondMax: options.rate }) }
  const run = await bodyOf(client.POST('/api/v1/restream/runs', { body }))
  if (options.wait) return followRun(client, output, run)
  output.show([run], () => `Run ${run.id} sends ${formatNumberOf(run.total, 'event')}: millrace restream runs.`)
  return exitCodes.ok
}

async function runs({ world, output }: Run, options: PageOptions): Promise<void> {
  const client = await connect(world, options)
  const found = await listItems(
    (page) => bodyOf(client.GET('/api/v1/restream/runs', { params: { query: page } })),
    options.limit,
  )
  output.show(found, () => {
    if (found.length === 0) return 'Nothing was sent yet.'
    const rows = found.map(({ id, state, filter, total, sent, startedAt, rate, etaMs, error }) => [
      id,
      state,
      whatOf(filter),
      `${formatCount(sent)} of ${formatCount(total)}`,
      startedAt,
      rate === null ? '' : `${formatCount(rate)}/s`,
      etaMs === null ? '' : formatDuration(etaMs),
      error ?? '',
    ])
    return renderTable(['run', 'state', 'what', 'sent', 'started', 'rate', 'left', 'why'], rows)
  })
}

function whatOf({ offsets = [], ...filter }: RestreamRun['filter']): string {
  return describeChoice(filter as Filter, offsets)
}

async function stop({ world, output }: Run, options: ConnectionOptions, run: string): Promise<void> {
  const id = wholeNumber(1, Number.MAX_SAFE_INTEGER)(run)
  const client = await connect(world, options)
  const ended = await bodyOf(client.POST('/api/v1/restream/runs/{run}/stop', { params: { path: { run: id } } }))
  output.show([ended], () => `Run ${ended.id} is ${ended.state}: ${formatNumberOf(ended.sent, 'event')} sent.`)
}

async function purge(
  { world, output }: Run,
  options: ChoiceOptions & { yes?: true },
  offsets: string[],
): Promise<void> {
  const choice = choiceOf(options, offsets)
  const client = await connect(world, options)
  const count = await countPurged(client, choice)
  const which = describeChoice(filterOf(options), offsets)
  const question = `Throw away ${which}: ${formatNumberOf(count, 'event')} that ${count === 1 ? 'waits' : 'wait'}?`
  if (count > 0) await confirm(world, question, 'purge', options.yes)
  const { events } = await bodyOf(client.POST('/api/v1/restream/purge', { body: { ...choice, confirm: count } }))
  output.show([{ purged: events }], () => `${formatNumberOf(events, 'event')} thrown away.`)
}

/** How many events a purge would throw away: what the server says when it is not confirmed. */
async function countPurged(client: Client, choice: object): Promise<number> {
  try {
    await client.POST('/api/v1/restream/purge', { body: choice })
  } catch (error) {
    const [field] = (error instanceof ClientError && error.code === 'unconfirmed' && error.fields) || []
    if (field !== undefined) return Number(field.message)
    throw error
  }
  throw new CommandError(exitCodes.failed, 'The server purged without being asked twice')
}

/** An empty choice means everything to the server; here somebody has to say so. */
function choiceOf(options: ChoiceOptions, offsets: readonly string[]) {
  const filter = filterOf(options)
  if (options.all === undefined && offsets.length === 0 && Object.keys(filter).length === 0) {
    throw usageError(
      'Nothing says which entries',
      'Give offsets, --cluster, --code, --event-type or --input, or --all.',
    )
  }
  return { ...filter, ...(offsets.length > 0 && { offsets: [...offsets] }) }
}

function describeChoice(filter: Filter, offsets: readonly string[]): string {
  const parts = Object.entries(filter).map(([name, value]) => `${names[name as keyof Filter]} ${value}`)
  const which = offsets.length > 0 ? formatNumberOf(offsets.length, 'event') : 'every entry of the queue'
  return [which, ...parts].join(' with ')
}

const names: Readonly<Record<keyof Filter, string>> = {
  fingerprint: 'the cluster',
  code: 'code',
  eventType: 'eventType',
  input: 'input',
}

function filterOf({ cluster, code, eventType, input }: FilterOptions): Filter {
  return {
    ...(cluster !== undefined && { fingerprint: cluster }),
    ...(code !== undefined && { code }),
    ...(eventType !== undefined && { eventType }),
    ...(input !== undefined && { input }),
  }
}
