/** `millrace inputs`: where events come in, and the keys that let them in. */
import { bodyOf, type Client } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import type { World } from '../world.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { confirm } from './confirm.ts'
import { askSettings } from './setting-prompts.ts'

type Input = components['schemas']['Input']

interface InputWithKey {
  readonly input: Input
  readonly key: string | null
  readonly credentials: Readonly<Record<string, string>>
}

interface CreateOptions extends ConnectionOptions {
  readonly type: string
  readonly set?: readonly string[]
  readonly ask: boolean
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
        'millrace inputs types',
        'millrace inputs create devices --type initial-state --set eventsPerSecondMax=50',
        'millrace inputs rotate-key shop --overlap-hours 1',
      ),
    )
  const add = (name: string, description: string) => addConnectionOptions(inputs.command(name).description(description))

  act<ConnectionOptions, []>(program, add('list', 'Lists the inputs.'), list)
  act<ConnectionOptions, []>(program, add('types', 'Lists what an input can be, and the settings of each type.'), types)
  act<CreateOptions, [string]>(
    program,
    add('create', 'Makes an input and shows its key, this once.')
      .argument('<label>', 'its name')
      .addOption(new Option('--type <type>', 'what its clients speak: see millrace inputs types').default('native'))
      .option('--set <name=value...>', 'a setting of the type; JSON, or text as it stands')
      .option('--no-ask', 'do not ask for settings that are not given, which a terminal is asked for'),
    create,
  )
  act<ConnectionOptions & { set: readonly string[] }, [string]>(
    program,
    add('set', 'Changes settings of an input.')
      .argument('<input>', 'label or id')
      .requiredOption('--set <name=value...>', 'a setting of its type; null takes it back to its default'),
    change,
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

async function types({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const client = await connect(world, options)
  const { items } = await bodyOf(client.GET('/api/v1/input-types'))
  output.show(items, () =>
    renderTable(
      ['type', 'what it is', 'settings'],
      items.map(({ name, title, settings }) => [name, title, Object.keys(settings['properties'] ?? {}).join(', ')]),
    ),
  )
}

async function create(
  { world, output }: Run,
  { type, set = [], ask, ...options }: CreateOptions,
  label: string,
): Promise<void> {
  const client = await connect(world, options)
  const given = settingsOf(set)
  const settings = ask && world.stdin.isTTY === true ? await completed(world, client, type, given) : given
  const made = await bodyOf(client.POST('/api/v1/inputs', { body: { label, type, settings } }))
  output.show([made], () => showKey(made))
}

async function completed(world: World, client: Client, type: string, given: Record<string, unknown>) {
  const { items } = await bodyOf(client.GET('/api/v1/input-types'))
  return askSettings(world, items.find(({ name }) => name === type)?.settings ?? {}, given)
}

async function change(
  { world, output }: Run,
  { set, ...options }: ConnectionOptions & { set: readonly string[] },
  name: string,
): Promise<void> {
  const client = await connect(world, options)
  const { id } = await findInput(client, name)
  const body = { settings: settingsOf(set) }
  const input = await bodyOf(client.PATCH('/api/v1/inputs/{id}', { params: { path: { id } }, body }))
  output.show([input], () => `${printable(input.label)}: ${JSON.stringify(input.settings)}`)
}

/** `name=value`, the value JSON where it is that and text elsewhere. */
export function settingsOf(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw usageError(`${JSON.stringify(pair)} is no setting`, 'Write --set name=value.')
      return [pair.slice(0, at), settingValue(pair.slice(at + 1))]
    }),
  )
}

function settingValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
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

function showKey({ input, key, credentials }: InputWithKey): string {
  if (key === null) return `${printable(input.label)} is made. Nobody sends to it, so it has no key.`
  const named = Object.entries(credentials)
  const lines = named.length > 0 ? named.map(([name, text]) => `  ${name}: ${text}`) : [`  ${key}`]
  const next: Partial<Record<string, string>> = {
    native: `Send with: millrace send FILE --key ${key}`,
    webhook: `Post any JSON object to /webhook/${key}`,
  }
  const what = named.length > 0 ? 'Credentials' : 'Key'
  return [
    `${what} of ${printable(input.label)}, shown this once:`,
    '',
    ...lines,
    ...(next[input.type] ? ['', next[input.type]!] : []),
  ].join('\n')
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
