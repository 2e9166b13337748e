/** `millrace mutes`: types of notifications that are listed and not sent. */
import { bodyOf } from '@millrace/client/client'
import { getMutes } from '@millrace/client/settings'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { spanMs } from '../time-spans.ts'
import { act, examples, type Program, type Run } from './command.ts'

export function mutesCommand(program: Program, parent: Command): void {
  const mutes = parent
    .command('mutes')
    .summary('notifications that are not sent')
    .description('Types of notifications that are not sent. They are listed all the same.')
    .addHelpText(
      'after',
      examples(
        'millrace mutes list',
        'millrace mutes add events_failed --for 2h',
        'millrace mutes remove events_failed',
      ),
    )
  const add = (name: string, description: string) => addConnectionOptions(mutes.command(name).description(description))
  act<ConnectionOptions, []>(program, add('list', 'Lists them.'), list)
  act<ConnectionOptions & { for?: number }, [string]>(
    program,
    add('add', 'Sends no notifications of a type.')
      .argument('<type>', 'events_failed, restream_full …')
      .option('--for <time>', 'for so long (2h, 7d); until it is removed without it', spanMs),
    mute,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('remove', 'Sends notifications of a type again.').argument('<type>', 'the type, or the id of the mute'),
    remove,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const mutes = await getMutes(await connect(world, options))
  output.show(mutes, () => {
    if (mutes.length === 0) return 'Everything is sent.'
    return renderTable(
      ['type', 'until', 'since', 'id'],
      mutes.map(({ type, until, createdAt, id }) => [type, until ?? 'it is removed', createdAt, id]),
    )
  })
}

async function mute(
  { world, output }: Run,
  { for: ms, ...options }: ConnectionOptions & { for?: number },
  type: string,
): Promise<void> {
  const client = await connect(world, options)
  const until = ms === undefined ? null : new Date(Date.now() + ms).toISOString()
  const made = await bodyOf(client.POST('/api/v1/notification-mutes', { body: { type, until } }))
  output.show([made], () => `${printable(type)} is not sent${until === null ? '' : ` until ${until}`}.`)
}

async function remove({ world, output }: Run, options: ConnectionOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const found = (await getMutes(client)).filter(({ id, type }) => id === name || type === name)
  if (found.length === 0) throw usageError(`${JSON.stringify(name)} is not muted`, 'millrace mutes list')
  for (const { id } of found) await client.DELETE('/api/v1/notification-mutes/{id}', { params: { path: { id } } })
  output.show(
    found.map(({ id }) => ({ removed: id })),
    () => `${printable(found[0]!.type)} is sent again.`,
  )
}
