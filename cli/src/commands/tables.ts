/** `millrace tables` and `millrace event-types`: what there is to ask. */
import { bodyOf } from '@millrace/client/client'
import {
  alterTable,
  createTable,
  dropTable,
  getTable,
  getTables,
  lostWith,
  type Table,
  type TableColumn,
} from '@millrace/client/tables'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { usageError } from '../failure.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { confirm } from './confirm.ts'

export function tablesCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('tables')
      .summary('the tables and their columns')
      .description('Lists the tables with their row counts, or the columns of one.')
      .argument('[name]', 'a table'),
  ).addHelpText(
    'after',
    examples(
      'millrace tables',
      'millrace tables flight',
      "millrace tables create price amount='DECIMAL(38,2)' currency=VARCHAR",
      'millrace tables alter price note=VARCHAR',
      'millrace tables drop price',
    ),
  )
  act<ConnectionOptions, [string | undefined]>(program, command, tables)
  const add = (name: string, description: string) =>
    addConnectionOptions(command.command(name).description(description))
      .argument('<name>', 'a table')
      .argument('<column=TYPE...>', 'BOOLEAN, BIGINT, DOUBLE, DECIMAL(38,2), TIMESTAMP, DATE, VARCHAR or JSON')
  act<ConnectionOptions, [string, string[]]>(program, add('create', 'Creates a table.'), putter(createTable))
  act<ConnectionOptions, [string, string[]]>(
    program,
    add('alter', 'Adds columns to a table, or widens them. Nothing is dropped or narrowed.'),
    putter(alterTable),
  )
  act<DropOptions, [string]>(
    program,
    addConnectionOptions(
      command
        .command('drop')
        .description('Drops a table with its rows, for good. Asks twice, unless --yes is given.')
        .argument('<name>', 'a table')
        .option('--force', 'though event types or scheduled queries fill it: they make it anew, empty')
        .option('--yes', 'asks nothing'),
    ),
    drop,
  )
}

interface DropOptions extends ConnectionOptions {
  readonly force?: true
  readonly yes?: true
}

async function drop({ world, output }: Run, options: DropOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const force = options.force === true
  const what = await lostWith(client, name, { force })
  await confirm(world, `${what}. Is that meant?`, name, options.yes)
  await dropTable(client, name, { force })
  output.show([{ dropped: name }], () => `The table ${name} is dropped.`)
}

function putter(put: typeof createTable) {
  return async ({ world, output }: Run, options: ConnectionOptions, name: string, columns: string[]): Promise<void> => {
    const wanted = columns.map(readColumn)
    const table = await put(await connect(world, options), name, wanted)
    output.show([table], () => renderColumns(table))
  }
}

function readColumn(text: string): TableColumn {
  const at = text.lastIndexOf('=')
  if (at < 1 || at === text.length - 1) throw usageError(`${JSON.stringify(text)} is no column`, 'Write name=TYPE.')
  return { name: text.slice(0, at), type: text.slice(at + 1).toUpperCase() }
}

function renderColumns({ columns }: Table): string {
  return renderTable(
    ['column', 'type'],
    columns.map(({ name, type }) => [name, type]),
  )
}

async function tables({ world, output }: Run, options: ConnectionOptions, name: string | undefined): Promise<void> {
  const client = await connect(world, options)
  if (name !== undefined) {
    const table = await getTable(client, name)
    output.show(table.columns, () => renderColumns(table))
    return
  }
  const items = await getTables(client)
  output.show(items, () => {
    if (items.length === 0) return 'There are no tables yet: the first event makes the first one.'
    return renderTable(
      ['table', 'rows', 'columns'],
      items.map(({ name, rowCount, columns }) => [name, rowCount, columns.length]),
    )
  })
}

export function eventTypesCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('event-types')
      .summary('the event types and their mappings')
      .description('Lists the event types with the tables they go to, or shows the mapping of one.')
      .argument('[name]', 'an event type'),
  ).addHelpText('after', examples('millrace event-types', 'millrace event-types flight --json'))
  act<ConnectionOptions, [string | undefined]>(program, command, eventTypes)
}

async function eventTypes({ world, output }: Run, options: ConnectionOptions, name: string | undefined): Promise<void> {
  const client = await connect(world, options)
  if (name !== undefined) {
    const eventType = await bodyOf(client.GET('/api/v1/event-types/{name}', { params: { path: { name } } }))
    output.show([eventType], () => JSON.stringify(eventType, null, 2))
    return
  }
  const items = await listItems((query) => bodyOf(client.GET('/api/v1/event-types', { params: { query } })))
  output.show(items, () => {
    if (items.length === 0) return 'There are no event types yet: millrace send makes the first one.'
    const rows = items.map(({ name, table, tableRows, mappingVersion }) => [name, table, tableRows, mappingVersion])
    return renderTable(['event type', 'table', 'rows', 'mapping version'], rows)
  })
}
