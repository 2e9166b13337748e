/** `millrace dimensions`: what the columns of tables are. */
import { type Dimension, getDimensions, resetDimension, setDimension } from '@millrace/client/semantic'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface ListOptions extends ConnectionOptions {
  readonly table?: string
  readonly role?: Dimension['role']
}

interface SetOptions extends ConnectionOptions {
  readonly role?: Dimension['role']
  readonly displayName?: string
  readonly aggregation?: NonNullable<Dimension['aggregation']>
}

const role = () => new Option('--role <role>').choices(['dimension', 'measurement'])

export function dimensionsCommand(program: Program, parent: Command): void {
  const dimensions = parent
    .command('dimensions')
    .summary('which columns are dimensions, which measurements')
    .description('Lists what the columns of tables are, and says what they are. A view semantic_<table> shows it.')
    .addHelpText(
      'after',
      examples(
        'millrace dimensions list --table ads --role measurement',
        'millrace dimensions set ads cost --display-name "Ad spend" --aggregation sum',
        'millrace dimensions reset ads cost',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(dimensions.command(name).description(description))
  const addOne = (name: string, description: string) =>
    add(name, description).argument('<table>', 'a table').argument('<column>', 'a column of it')

  act<ListOptions, []>(
    program,
    add('list', 'Lists columns with what they are.').option('--table <name>', 'of one table').addOption(role()),
    list,
  )
  act<SetOptions, [string, string]>(
    program,
    addOne('set', 'Says what a column is.')
      .addOption(role())
      .option('--display-name <name>', 'what it is called in the view')
      .addOption(
        new Option('--aggregation <how>', 'how values of a measurement become one').choices([
          ...['sum', 'avg', 'min', 'max', 'count', 'none'],
        ]),
      ),
    set,
  )
  act<ConnectionOptions, [string, string]>(program, addOne('reset', 'Forgets what was said of a column.'), reset)
}

async function list({ world, output }: Run, options: ListOptions): Promise<void> {
  const { table, role } = options
  const found = await getDimensions(await connect(world, options), { ...(table && { table }), ...(role && { role }) })
  output.show(found, () => render(found))
}

async function set({ world, output }: Run, options: SetOptions, table: string, column: string): Promise<void> {
  const { role, displayName, aggregation } = options
  const change = { ...(role && { role }), ...(displayName && { displayName }), ...(aggregation && { aggregation }) }
  if (Object.keys(change).length === 0)
    throw usageError('Nothing is said of the column', 'Give --role, --display-name or --aggregation.')
  const found = await setDimension(await connect(world, options), table, column, change)
  output.show([found], () => render([found]))
}

async function reset({ world, output }: Run, options: ConnectionOptions, table: string, column: string): Promise<void> {
  await resetDimension(await connect(world, options), table, column)
  output.show([{ reset: { table, column } }], () => `${printable(table)}.${printable(column)} is as it is inferred.`)
}

function render(dimensions: readonly Dimension[]): string {
  if (dimensions.length === 0) return 'There are no such columns.'
  return renderTable(
    ['table', 'column', 'type', 'role', 'aggregation', 'in the view', 'fault'],
    dimensions.map(({ table, column, type, role, isInferred, aggregation, viewColumn, reasons }) => [
      ...[table, column, type, isInferred ? `${role} (inferred)` : role, aggregation ?? '', viewColumn ?? ''],
      reasons.map(({ message }) => message).join('. '),
    ]),
  )
}
