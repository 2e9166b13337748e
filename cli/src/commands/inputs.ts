/** `millrace inputs`: where events come in, and the keys that let them in. */
import { bodyOf, type Client } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { confirm } from './confirm.ts'

type Input = components['schemas']['Input']

interface InputWithKey {
  readonly input: Input
  readonly key: string
}

const overlapHoursMax = 30 * 24

export function inputsCommand(program: Program, parent: Command): void {
  const inputs = parent
    .command('inputs')
    .summary('where events come in, and their keys')
    .description('Makes, stops and deletes inputs. An input is named by its label or its id.')
    .addHelpText(
      'after',
      examples(
        'millrace inputs list',
        'millrace inputs create shop',
        'millrace inputs rotate-key shop --overlap-hours 1',
      ),
    )
  const add = (name: string, description: string) => addConnectionOptions(inputs.command(name).description(description))

  act<ConnectionOptions, []>(program, add('list', 'Lists the inputs.'), list)
  act<ConnectionOptions & { type: Input['type'] }, [string]>(
    program,
    add('create', 'Makes an input and shows its key, this once.')
      .argument('<label>', 'its name')
      .addOption(
        new Option('--type <type>', 'what its clients speak').choices(['native', 'webhook']).default('native'),
      ),
    create,
  )
  act<ConnectionOptions & { overlapHours: number }, [string]>(
    program,
    add('rotate-key', 'Makes a new key and shows it, this once. The keys before it let events in for a while.')
      .argument('<input>', 'label or id')
      .option('--overlap-hours <hours>', 'how long; 0 for a key that leaked', wholeNumber(0, overlapHoursMax), 24),
    rotateKey,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('disable', 'Lets nothing in any more, until it is enabled.').argument('<input>', 'label or id'),
    enabler(false),
  )
  act<ConnectionOptions, [string]>(
    program,
    add('enable', 'Lets events in again.').argument('<input>', 'label or id'),
    enabler(true),
  )
  act<ConnectionOptions & { yes?: true }, [string]>(
    program,
    add('delete', 'Deletes an input and its keys. Its events stay.')
      .argument('<input>', 'label or id')
      .option('--yes', 'do not ask'),
    remove,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const inputs = await listInputs(await connect(world, options))
  output.show(inputs, () =>
    renderTable(
      ['label', 'type', 'state', 'keys', 'created', 'id'],
      inputs.map(({ label, type, disabledAt, keys, createdAt, id }) => [
        label,
        type,
        disabledAt === null ? 'on' : 'off',
        keys.length,
        createdAt,
        id,
      ]),
    ),
  )
}

async function create(
  { world, output }: Run,
  options: ConnectionOptions & { type: Input['type'] },
  label: string,
): Promise<void> {
  const client = await connect(world, options)
  const made = await bodyOf(client.POST('/api/v1/inputs', { body: { label, type: options.type } }))
  output.show([made], () => showKey(made))
}

async function rotateKey(
  { world, output }: Run,
  options: ConnectionOptions & { overlapHours: number },
  name: string,
): Promise<void> {
  const client = await connect(world, options)
  const { id } = await findInput(client, name)
  const body = { overlapSeconds: options.overlapHours * 3600 }
  const made = await bodyOf(client.POST('/api/v1/inputs/{id}/rotate-key', { params: { path: { id } }, body }))
  output.show([made], () => showKey(made))
}

function enabler(isEnabled: boolean) {
  return async ({ world, output }: Run, options: ConnectionOptions, name: string): Promise<void> => {
    const client = await connect(world, options)
    const { id } = await findInput(client, name)
    const input = await bodyOf(client.PATCH('/api/v1/inputs/{id}', { params: { path: { id } }, body: { isEnabled } }))
    output.show([input], () => `${printable(input.label)} is ${isEnabled ? 'enabled' : 'disabled'}.`)
  }
}

async function remove(
  { world, output }: Run,
  options: ConnectionOptions & { yes?: true },
  name: string,
): Promise<void> {
  const client = await connect(world, options)
  const { id, label } = await findInput(client, name)
  await confirm(world, `Delete the input ${label} and its keys?`, label, options.yes)
  await client.DELETE('/api/v1/inputs/{id}', { params: { path: { id } } })
  output.show([{ deleted: id }], () => `${printable(label)} is deleted. Its events stay.`)
}

function showKey({ input, key }: InputWithKey): string {
  const path =
    input.type === 'webhook' ? `Post any JSON object to /webhook/${key}` : `Send with: millrace send FILE --key ${key}`
  return [`Key of ${printable(input.label)}, shown this once:`, '', `  ${key}`, '', path].join('\n')
}

async function findInput(client: Client, name: string): Promise<Input> {
  const inputs = await listInputs(client)
  const found = inputs.find(({ id }) => id === name) ?? inputs.find(({ label }) => label === name)
  if (found) return found
  throw usageError(
    `There is no input ${JSON.stringify(name)}`,
    `There are: ${inputs.map(({ label }) => label).join(', ') || 'none'}.`,
  )
}

function listInputs(client: Client): Promise<Input[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/inputs', { params: { query } })))
}
