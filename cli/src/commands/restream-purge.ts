/** `millrace restream purge`: throws entries away, once somebody has seen how many. */
import { countPurged, purgeRestream } from '@millrace/client/restream'
import { connect } from '../connection.ts'
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
  const events = await purgeRestream(client, choice, count)
  output.show([{ purged: events }], () => `${formatNumberOf(events, 'event')} thrown away.`)
}
