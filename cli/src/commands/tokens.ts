/** `millrace tokens`: what lets programs ask the API. */
import { bodyOf } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { type Role, roles } from './users.ts'

type Token = components['schemas']['Token']

interface CreateOptions extends ConnectionOptions {
  readonly role: Role
  readonly days: number
  readonly forever?: true
}

export function tokensCommand(program: Program, parent: Command): void {
  const tokens = parent
    .command('tokens')
    .summary('what lets programs ask the API')
    .description('Makes and revokes tokens of the API. A token may at most what its maker may.')
    .addHelpText(
      'after',
      examples(
        'millrace tokens list',
        'millrace tokens create dashboard --role analyst --days 30',
        'millrace tokens revoke 4fGh81xK',
      ),
    )
  const add = (name: string, description: string) => addConnectionOptions(tokens.command(name).description(description))

  act<ConnectionOptions, []>(program, add('list', 'Lists one’s own tokens; with the role admin, everybody’s.'), list)
  act<CreateOptions, [string]>(
    program,
    add('create', 'Makes a token and shows it, this once.')
      .argument('<label>', 'what it is for')
      .addOption(new Option('--role <role>', 'the most it may do').choices(roles).default('viewer'))
      .option('--days <days>', 'how long it lives', wholeNumber(1, 3650), 90)
      .option('--forever', 'until it is revoked'),
    create,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('revoke', 'Revokes a token, at once.').argument('<id>', 'as millrace tokens list tells it'),
    revoke,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const client = await connect(world, options)
  const tokens: Token[] = await listItems((query) => bodyOf(client.GET('/api/v1/tokens', { params: { query } })))
  output.show(tokens, () =>
    renderTable(
      ['id', 'label', 'role', 'last used', 'ends'],
      tokens.map(({ id, label, role, lastUsedAt, expiresAt }) => [
        id,
        label,
        role ?? 'its user’s',
        lastUsedAt ?? 'never',
        expiresAt ?? 'never',
      ]),
    ),
  )
}

async function create(
  { world, output }: Run,
  { role, days, forever, ...options }: CreateOptions,
  label: string,
): Promise<void> {
  const client = await connect(world, options)
  const body = { label, role, expiresInDays: forever ? null : days }
  const made = await bodyOf(client.POST('/api/v1/tokens', { body }))
  const { expiresAt } = made.token
  output.show([made], () =>
    [
      `Token ${printable(label)} (${role}, ${expiresAt === null ? 'until it is revoked' : `until ${expiresAt}`}), shown this once:`,
      '',
      `  ${made.text}`,
    ].join('\n'),
  )
}

async function revoke({ world, output }: Run, options: ConnectionOptions, id: string): Promise<void> {
  const client = await connect(world, options)
  await client.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } })
  output.show([{ revoked: id }], () => `Token ${printable(id)} lets nobody in any more.`)
}
