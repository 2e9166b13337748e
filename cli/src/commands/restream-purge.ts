/** `millrace restream purge`: throws entries away, once somebody has seen how many. */
import { bodyOf, type Client, ClientError } from '@millrace/client/client'
import { connect } from '../connection.ts'
import { CommandError, exitCodes } from '../failure.ts'
import { formatNumberOf } from '../quantities.ts'
import type { Run } from './command.ts'
import { confirm } from './confirm.ts'
import { type ChoiceOptions, choiceOf, describeChoice, filterOf } from './restream-filter.ts'

export async function purge(
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
