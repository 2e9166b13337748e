/** `millrace metrics`: what the workspace did, interval by interval. */
import { getMetrics, type MetricName } from '@millrace/client/metrics'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type Cell, renderTable } from '../table.ts'
import { timeAgo } from '../time-spans.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'

interface MetricsOptions extends ConnectionOptions {
  readonly from: Date
  readonly resolution: number
}

export function metricsCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('metrics')
      .summary('what was received, loaded and set aside, by the minute')
      .description(
        'Shows metrics, an interval a line; the last interval is running. Names are INCOMING_EVENTS, LOADED_EVENTS_RATE, ' +
          'LATENCY_MAX (in ms) and others: docs/guides/observing.md lists them. All of them without a name.',
      )
      .argument('[name...]', 'names, in any case')
      .addOption(
        new Option('--from <time>', 'how long ago (60m, 7d), or a time')
          .argParser(timeAgo)
          .default(timeAgo('60m'), '60m'),
      )
      .option('--resolution <minutes>', 'length of an interval', wholeNumber(1, 1440), 1),
  ).addHelpText(
    'after',
    examples(
      'millrace metrics INCOMING_EVENTS LOADED_EVENTS_RATE',
      'millrace metrics latency_percentile_95 --from 7d --resolution 60',
      "millrace metrics EVENTS_IN_TRANSIT --from 5m --json | tail -1 | jq '.EVENTS_IN_TRANSIT'",
    ),
  )
  act<MetricsOptions, [string[]]>(program, command, metrics)
}

async function metrics({ world, output }: Run, options: MetricsOptions, given: string[]): Promise<void> {
  const names = given.map((name) => name.toUpperCase().replaceAll('-', '_') as MetricName)
  const client = await connect(world, options)
  const minutes = (Date.now() - options.from.getTime()) / 60_000
  const series = await getMetrics(client, names, { minutes, resolutionMinutes: options.resolution })
  const times = series[0]?.points.map(({ at }) => at) ?? []
  const rows = times.map((at, place) => [at, ...series.map(({ points }) => points[place]?.value ?? null)])
  const records = rows.map(([at, ...values]) => ({
    at,
    ...Object.fromEntries(series.map(({ name }, place) => [name, values[place] ?? null])),
  }))
  output.show(records, () => renderTable(['at', ...series.map(({ name }) => name)], rows.map(readable)))
}

function readable(row: readonly (string | number | null | undefined)[]): Cell[] {
  return row.map((value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value))
}
