/** `millrace transform lookups`: tables of keys and values that code may read. */
import { bodyOf } from '@millrace/client/client'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { readJsonFile } from '../json-file.ts'
import { formatBytes } from '../quantities.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { type DeleteOptions, deployOptionsOf, showDeployed } from './transform-code.ts'

export function lookupCommands(program: Program, parent: Command, addMessage: (command: Command) => Command): void {
  const lookups = parent
    .command('lookups')
    .summary('tables that code may read: list, get, set, delete')
    .description('Lookups of the code: keys, and any JSON for each.')
    .addHelpText(
      'after',
      examples(
        'millrace transform lookups set cities cities.json',
        'millrace transform lookups get cities > cities.json',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(lookups.command(name).description(description))
  act<ConnectionOptions, []>(program, add('list', 'Lists them.'), list)
  act<ConnectionOptions, [string]>(program, add('get', 'Prints the entries of one as JSON.').argument('<name>'), get)
  act<DeleteOptions, [string, string]>(
    program,
    addMessage(add('set', 'Sets all entries of one.'))
      .argument('<name>')
      .argument('<file>', 'an object of JSON, - for standard input'),
    set,
  )
  act<DeleteOptions, [string]>(program, addMessage(add('delete', 'Deletes one.')).argument('<name>'), remove)
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const client = await connect(world, options)
  const { items } = await bodyOf(client.GET('/api/v1/transforms/lookups'))
  output.show(items, () => {
    if (items.length === 0) return 'There are no lookups.'
    return renderTable(
      ['lookup', 'keys', 'size', 'since version'],
      items.map(({ name, keys, bytes, since }) => [name, keys, formatBytes(bytes), since]),
    )
  })
}

async function get({ world, output }: Run, options: ConnectionOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const { entries } = await bodyOf(client.GET('/api/v1/transforms/lookups/{name}', { params: { path: { name } } }))
  output.show([entries], () => JSON.stringify(entries, null, 2))
}

async function set({ world, output }: Run, options: DeleteOptions, name: string, file: string): Promise<void> {
  const entries = await readJsonFile(world, file)
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries))
    throw usageError(`${file} is no object of keys and values`)
  const client = await connect(world, options)
  const body = { entries: entries as Record<string, unknown>, ...deployOptionsOf(options) }
  const params = { path: { name } }
  showDeployed(output, await bodyOf(client.PUT('/api/v1/transforms/lookups/{name}', { params, body })))
}

async function remove({ world, output }: Run, options: DeleteOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const params = { path: { name }, query: deployOptionsOf(options) }
  showDeployed(output, await bodyOf(client.DELETE('/api/v1/transforms/lookups/{name}', { params })))
}
