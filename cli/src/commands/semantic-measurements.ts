/** `millrace measurements`: calculated ones; and `millrace harmonised-dimensions`: one dimension over several tables. */
import {
  type CalculatedMeasurement,
  calculatedMeasurementSql,
  createCalculatedMeasurement,
  createHarmonisedDimension,
  deleteCalculatedMeasurement,
  deleteHarmonisedDimension,
  editCalculatedMeasurement,
  getCalculatedMeasurements,
  getHarmonisedDimensions,
  getPatterns,
  type HarmonisedDimension,
} from '@millrace/client/semantic'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { findByName, made, readPlace, renderObjects } from './semantic-objects.ts'

interface CreateOptions extends ConnectionOptions {
  readonly table?: string[]
}

interface MemberOptions extends ConnectionOptions {
  readonly column?: string[]
  readonly pattern?: string[]
}

export function measurementsCommand(program: Program, parent: Command): void {
  const measurements = parent
    .command('measurements')
    .summary('formulas over measurements')
    .description('Lists, makes, changes and deletes calculated measurements. One is named by its name or its id.')
    .addHelpText(
      'after',
      examples(
        `millrace measurements create CPC 'spend / clicks'`,
        `millrace measurements create 'Search share' "sum(if(Channel = 'Search', spend, 0)) / sum(spend)" --table ads`,
        'millrace measurements sql CPC',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(measurements.command(name).description(description))
  const addOne = (name: string, description: string) => add(name, description).argument('<measurement>', 'name or id')
  act<ConnectionOptions, []>(program, add('list', 'Lists calculated measurements.'), list)
  act<CreateOptions, [string, string]>(
    program,
    add('create', 'Makes a calculated measurement.')
      .argument('<name>', 'its name')
      .argument('<formula>', 'spend / clicks * 1000')
      .option('--table <name...>', 'of these tables only; else of all that have what the formula names'),
    create,
  )
  act<ConnectionOptions, [string, string]>(
    program,
    addOne('set', 'Gives a calculated measurement another formula.').argument('<formula>', 'its new formula'),
    set,
  )
  act<ConnectionOptions, [string]>(program, addOne('sql', 'Shows how it is asked for in SQL.'), sql)
  act<ConnectionOptions, [string]>(program, addOne('delete', 'Deletes one that nothing else uses.'), remove)
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const found = await getCalculatedMeasurements(await connect(world, options))
  const formulaOf = ({ formula }: CalculatedMeasurement) => formula
  output.show(found, () => renderObjects(found, ['formula', formulaOf], 'There are no calculated measurements yet.'))
}

async function create({ world, output }: Run, options: CreateOptions, name: string, formula: string): Promise<void> {
  const draft = { name, formula, tables: options.table ?? null }
  const measurement = await createCalculatedMeasurement(await connect(world, options), draft)
  output.show([measurement], () => made('calculated measurement', measurement))
}

async function set({ world, output }: Run, options: ConnectionOptions, wanted: string, formula: string): Promise<void> {
  const client = await connect(world, options)
  const { id } = await findByName(client, getCalculatedMeasurements, wanted, 'calculated measurement')
  const measurement = await editCalculatedMeasurement(client, id, { formula })
  output.show([measurement], () => made('calculated measurement', measurement))
}

async function sql({ world, output }: Run, options: ConnectionOptions, wanted: string): Promise<void> {
  const client = await connect(world, options)
  const { id } = await findByName(client, getCalculatedMeasurements, wanted, 'calculated measurement')
  const found = await calculatedMeasurementSql(client, id)
  output.show(found, () =>
    found.length === 0
      ? 'No table has it.'
      : renderTable(
          ['view', 'of a row', 'of many rows'],
          found.map(({ view, column, aggregate }) => [view, column ?? '', aggregate ?? '']),
        ),
  )
}

async function remove({ world, output }: Run, options: ConnectionOptions, wanted: string): Promise<void> {
  const client = await connect(world, options)
  const { id, name } = await findByName(client, getCalculatedMeasurements, wanted, 'calculated measurement')
  await deleteCalculatedMeasurement(client, id)
  output.show([{ deleted: id }], () => `The calculated measurement ${printable(name)} is deleted.`)
}

export function harmonisedDimensionsCommand(program: Program, parent: Command): void {
  const dimensions = parent
    .command('harmonised-dimensions')
    .summary('one dimension over several tables')
    .description('Lists, makes and deletes harmonised dimensions. A view harmonised_<name> has the rows of all tables.')
    .addHelpText(
      'after',
      examples(
        'millrace harmonised-dimensions create Region --pattern ads_eu.Region ads_us.Region --column shop.region',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(dimensions.command(name).description(description))
  act<ConnectionOptions, []>(program, add('list', 'Lists harmonised dimensions.'), listHarmonised)
  act<MemberOptions, [string]>(
    program,
    add('create', 'Makes a harmonised dimension.')
      .argument('<name>', 'its name')
      .option('--column <table.column...>', 'what it is in a table: a column')
      .option('--pattern <table.pattern...>', 'what it is in a table: a pattern, by its name'),
    createHarmonised,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('delete', 'Deletes one that nothing else uses.').argument('<dimension>', 'name or id'),
    removeHarmonised,
  )
}

async function listHarmonised({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const found = await getHarmonisedDimensions(await connect(world, options))
  output.show(found, () => renderObjects(found, ['is', membersOf], 'There are no harmonised dimensions yet.'))
}

async function createHarmonised({ world, output }: Run, options: MemberOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const columns = (options.column ?? []).map(readPlace)
  const patterns = await Promise.all(
    (options.pattern ?? []).map(readPlace).map(async ({ table, column }) => ({
      ...{ table, pattern: (await findByName(client, getPatterns, column, 'pattern')).id },
    })),
  )
  const members = [...columns, ...patterns]
  if (members.length === 0) throw usageError('It is nothing in any table', 'Give --column or --pattern.')
  const dimension = await createHarmonisedDimension(client, { name, members })
  output.show([dimension], () => made('harmonised dimension', dimension))
}

async function removeHarmonised({ world, output }: Run, options: ConnectionOptions, wanted: string): Promise<void> {
  const client = await connect(world, options)
  const { id, name } = await findByName(client, getHarmonisedDimensions, wanted, 'harmonised dimension')
  await deleteHarmonisedDimension(client, id)
  output.show([{ deleted: id }], () => `The harmonised dimension ${printable(name)} is deleted.`)
}

function membersOf({ members }: HarmonisedDimension): string {
  const told = members.map(({ table, column, pattern, harmonisedDimension }) =>
    harmonisedDimension === undefined ? `${table}.${column ?? `pattern ${pattern}`}` : `all of ${harmonisedDimension}`,
  )
  return told.join(', ')
}
