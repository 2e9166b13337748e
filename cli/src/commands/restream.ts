/** `millrace restream`: what could not go on, seen, sent through again or thrown away. */
import { bodyOf } from '@millrace/client/client'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { formatCount, formatNumberOf } from '../quantities.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { confirm } from './confirm.ts'

interface Filter {
  readonly code?: string
  readonly eventType?: string
  readonly input?: string
}

type ListOptions = ConnectionOptions & Filter & { limit: number }
type ChoiceOptions = ConnectionOptions & Filter & { all?: true }

export function restreamCommand(program: Program, parent: Command): void {
  const restream = parent
    .command('restream')
    .summary('what could not go on: list, show, send again, purge')
    .description(
      'Events that could not go on are kept whole, with the reason. Fix the cause, then send them through again.',
    )
    .addHelpText(
      'after',
      examples(
        'millrace restream list',
        'millrace restream show 4711',
        'millrace restream send --code number_range',
        'millrace restream purge --event-type test --yes',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(restream.command(name).description(description))
  const addFilter = (command: Command) =>
    command
      .option('--code <code>', 'those with this reason')
      .option('--event-type <name>', 'those of this event type')
      .option('--input <label>', 'those that came by this input')

  act<ListOptions, []>(
    program,
    addFilter(add('list', 'Lists the entries by offset.')).option(
      '--limit <entries>',
      'entries at most',
      wholeNumber(1, 1_000_000),
      100,
    ),
    list,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('show', 'Shows an entry and the event as it arrived.').argument('<offset>'),
    show,
  )
  act<ChoiceOptions, [string[]]>(
    program,
    addFilter(add('send', 'Sends entries through the pipeline again.'))
      .argument('[offset...]')
      .option('--all', 'every entry'),
    send,
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

async function send({ world, output }: Run, options: ChoiceOptions, offsets: string[]): Promise<void> {
  const body = choiceOf(options, offsets)
  const client = await connect(world, options)
  const { events } = await bodyOf(client.POST('/api/v1/restream/send', { body }))
  output.show([{ sent: events }], () => `${formatNumberOf(events, 'event')} sent through again.`)
}

async function purge(
  { world, output }: Run,
  options: ChoiceOptions & { yes?: true },
  offsets: string[],
): Promise<void> {
  const choice = choiceOf(options, offsets)
  const client = await connect(world, options)
  await confirm(world, `Throw away ${describeChoice(options, offsets)}?`, 'purge', options.yes)
  const { events } = await bodyOf(client.POST('/api/v1/restream/purge', { body: { ...choice, confirm: true } }))
  output.show([{ purged: events }], () => `${formatNumberOf(events, 'event')} thrown away.`)
}

/** An empty choice means everything to the server; here somebody has to say so. */
function choiceOf(options: ChoiceOptions, offsets: readonly string[]) {
  const filter = filterOf(options)
  if (options.all === undefined && offsets.length === 0 && Object.keys(filter).length === 0) {
    throw usageError('Nothing says which entries', 'Give offsets, --code, --event-type or --input, or --all.')
  }
  return { ...filter, ...(offsets.length > 0 && { offsets: [...offsets] }) }
}

function describeChoice(options: Filter, offsets: readonly string[]): string {
  const parts = Object.entries(filterOf(options)).map(([name, value]) => `${name} ${value}`)
  const which = offsets.length > 0 ? formatNumberOf(offsets.length, 'event') : 'every entry of the queue'
  return [which, ...parts].join(' with ')
}

function filterOf({ code, eventType, input }: Filter): Filter {
  return {
    ...(code !== undefined && { code }),
    ...(eventType !== undefined && { eventType }),
    ...(input !== undefined && { input }),
  }
}
