/** `millrace sources discover`: what a source could be told to fetch. */
import { bodyOf } from '@millrace/client/client'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { renderTable } from '../table.ts'
import { act, type Program, type Run } from './command.ts'
import { settingsOf } from './inputs.ts'
import { findSource } from './source-list.ts'

interface DiscoverOptions extends ConnectionOptions {
  readonly type?: string
  readonly set?: readonly string[]
}

export function addDiscover(program: Program, sources: Command): void {
  const command = sources
    .command('discover')
    .description('Asks a source, or one that is none yet, what there is to choose from.')
    .argument('[source]', 'label or id')
    .option('--type <type>', 'of an input that is none yet')
    .option('--set <name=value...>', 'settings, as of inputs create')
  act<DiscoverOptions, [string | undefined]>(program, addConnectionOptions(command), discover)
}

async function discover(
  { world, output }: Run,
  { type, set = [], ...options }: DiscoverOptions,
  name: string | undefined,
): Promise<void> {
  if ((name === undefined) === (type === undefined)) throw usageError('Name a source, or a type by --type')
  const client = await connect(world, options)
  const of = name === undefined ? { type: type! } : { source: (await findSource(client, name)).id }
  const body = { ...of, settings: settingsOf(set) }
  const { resources } = await bodyOf(client.POST('/api/v1/inputs/discover', { body }))
  output.show(resources, () => {
    if (resources.length === 0) return 'There is nothing that it could fetch.'
    return renderTable(
      ['id', 'may be read', 'fields'],
      resources.map(({ id, available, fields }) => [
        id,
        available ? 'yes' : 'no',
        fields.map(({ name, type }) => `${name} ${type}`).join(', '),
      ]),
    )
  })
}
