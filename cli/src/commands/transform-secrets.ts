/** `millrace transform secrets`: values that code may ask for and nobody else can read. */
import { text } from 'node:stream/consumers'
import { bodyOf } from '@millrace/client/client'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { confirm } from './confirm.ts'
import { type DeleteOptions, deployOptionsOf, showDeployed } from './transform-code.ts'

export function secretCommands(program: Program, parent: Command, addMessage: (command: Command) => Command): void {
  const secrets = parent
    .command('secrets')
    .summary('values that code may ask for: list, set, delete')
    .description('Secrets of the code. Their values are given on standard input, and nobody can read them again.')
    .addHelpText('after', examples('millrace transform secrets set salt < salt.txt', 'millrace transform secrets list'))
  const add = (name: string, description: string) =>
    addConnectionOptions(secrets.command(name).description(description))
  act<ConnectionOptions, []>(program, add('list', 'Lists their names.'), list)
  act<DeleteOptions, [string]>(
    program,
    addMessage(add('set', 'Sets one to what stands on standard input, a line feed at its end left out.')).argument(
      '<name>',
    ),
    set,
  )
  act<DeleteOptions & { yes?: true }, [string]>(
    program,
    addMessage(add('delete', 'Deletes one for good.')).argument('<name>').option('--yes', 'do not ask'),
    remove,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const client = await connect(world, options)
  const { items } = await bodyOf(client.GET('/api/v1/transforms/secrets'))
  output.show(items, () => {
    if (items.length === 0) return 'There are no secrets.'
    return renderTable(
      ['secret', 'since version'],
      items.map(({ name, since }) => [name, since]),
    )
  })
}

async function set({ world, output }: Run, options: DeleteOptions, name: string): Promise<void> {
  if (world.stdin.isTTY) output.remark('Type the value, then Enter and Ctrl-D.')
  const value = (await text(world.stdin)).replace(/\r?\n$/, '')
  if (value === '') throw usageError('The value is empty', `millrace transform secrets set ${name} < FILE`)
  const client = await connect(world, options)
  const body = { value, ...deployOptionsOf(options) }
  const params = { path: { name } }
  showDeployed(output, await bodyOf(client.PUT('/api/v1/transforms/secrets/{name}', { params, body })))
}

async function remove(
  { world, output }: Run,
  { yes, ...options }: DeleteOptions & { yes?: true },
  name: string,
): Promise<void> {
  const client = await connect(world, options)
  await confirm(world, `Delete the secret ${name}?`, name, yes)
  const params = { path: { name }, query: deployOptionsOf(options) }
  showDeployed(output, await bodyOf(client.DELETE('/api/v1/transforms/secrets/{name}', { params })))
}
