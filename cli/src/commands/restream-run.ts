/** `millrace restream send`, `runs` and `stop`: entries are sent through again in the server, in the background. */
import { bodyOf } from '@millrace/client/client'
import { type ConnectionOptions, connect, listItems } from '../connection.ts'
import { type ExitCode, exitCodes } from '../failure.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import { renderTable } from '../table.ts'
import { type Run, wholeNumber } from './command.ts'
import { type ChoiceOptions, choiceOf, describeChoice, type Filter, type PageOptions } from './restream-filter.ts'
import { followRun, type RestreamRun } from './restream-progress.ts'

export type SendOptions = ChoiceOptions & { rate?: number; wait: boolean }

export async function send({ world, output }: Run, options: SendOptions, offsets: string[]): Promise<ExitCode> {
  const choice = choiceOf(options, offsets)
  const client = await connect(world, options)
  const body = { ...choice, ...(options.rate !== undefined && { eventsPerSecondMax: options.rate }) }
  const run = await bodyOf(client.POST('/api/v1/restream/runs', { body }))
  if (options.wait) return followRun(client, output, run)
  output.show([run], () => `Run ${run.id} sends ${formatNumberOf(run.total, 'event')}: millrace restream runs.`)
  return exitCodes.ok
}

export async function runs({ world, output }: Run, options: PageOptions): Promise<void> {
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

export async function stop({ world, output }: Run, options: ConnectionOptions, run: string): Promise<void> {
  const id = wholeNumber(1, Number.MAX_SAFE_INTEGER)(run)
  const client = await connect(world, options)
  const ended = await bodyOf(client.POST('/api/v1/restream/runs/{run}/stop', { params: { path: { run: id } } }))
  output.show([ended], () => `Run ${ended.id} is ${ended.state}: ${formatNumberOf(ended.sent, 'event')} sent.`)
}
