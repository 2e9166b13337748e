/** `millrace samples`: events as they arrived, a few of each type and status. */
import { getSampleStatistics, getSampleStatuses, getSamples, type Sample } from '@millrace/client/samples'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'

interface SamplesOptions extends ConnectionOptions {
  readonly type?: string
  readonly status?: readonly string[]
  readonly limit: number
  readonly counts?: true
  readonly statuses?: true
}

export function samplesCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('samples')
      .summary('events as they arrived, a few of each type and status')
      .description(
        'Shows samples: up to ten events of each type and status, before code and mapping, the newest first.',
      )
      .option('--type <name>', 'of this event type')
      .option('--status <status...>', 'VALID, or codes of what went wrong')
      .option('--limit <samples>', 'samples at most', wholeNumber(1, 1000), 20)
      .option('--counts', 'how many there are of which type and status')
      .option('--statuses', 'what the statuses mean'),
  ).addHelpText(
    'after',
    examples(
      'millrace samples --type flight',
      'millrace samples --type flight --status transform_error --json > failing.json',
      'millrace transform test --sample failing.json --code main.ts',
    ),
  )
  act<SamplesOptions, []>(program, command, samples)
}

async function samples({ world, output }: Run, options: SamplesOptions): Promise<void> {
  const client = await connect(world, options)
  if (options.statuses) {
    const statuses = Object.entries(await getSampleStatuses(client))
    const records = statuses.map(([status, description]) => ({ status, description }))
    return output.show(records, () => renderTable(['status', 'what it means'], statuses))
  }
  if (options.counts) {
    const types = Object.entries(await getSampleStatistics(client))
    const records = types.flatMap(([eventType, counts]) =>
      Object.entries(counts).map(([status, count]) => ({ eventType, status, count })),
    )
    const rows = () => records.map(({ eventType, status, count }) => [eventType, status, count])
    return output.show(records, () => renderTable(['event type', 'status', 'samples'], rows()))
  }
  const { type, status, limit } = options
  const filter = { ...(type !== undefined && { eventType: type }), ...(status && { statuses: status }), limit }
  const found = await getSamples(client, filter)
  output.show(found, () => (found.length === 0 ? 'There are no such samples.' : renderSamples(found)))
}

function renderSamples(samples: readonly Sample[]): string {
  const rows = samples.map(({ receivedAt, eventType, status, raw, message }) => [
    receivedAt,
    eventType,
    status,
    raw.encoding === 'utf8' ? raw.data : `base64 ${raw.data}`,
    message,
  ])
  return renderTable(['received', 'event type', 'status', 'data', 'reason'], rows)
}
