/** `millrace tokens`: what lets programs ask the API. */
import { bodyOf } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { type Role, roles } from './users.ts'

const callsMax = 1_000_000_000

type Token = components['schemas']['Token']

interface CreateOptions extends ConnectionOptions {
  readonly role: Role
  readonly days: number
  readonly forever?: true
  readonly everyWorkspace?: true
  readonly callsPerMinute?: number
  readonly callsPerDay?: number
}

interface LimitOptions extends ConnectionOptions {
  readonly callsPerMinute?: number
  readonly callsPerDay?: number
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
        'millrace tokens limit 4fGh81xK --calls-per-minute 600',
        'millrace tokens revoke 4fGh81xK',
      ),
    )
  const add = (name: string, description: string) => addConnectionOptions(tokens.command(name).description(description))

  act<ConnectionOptions, []>(program, add('list', 'Lists one’s own tokens; with the role admin, everybody’s.'), list)
  const limited = (command: Command) =>
    command
      .option('--calls-per-minute <number>', 'calls that it may make in a minute', wholeNumber(1, callsMax))
      .option('--calls-per-day <number>', 'the same in a day', wholeNumber(1, callsMax))
  act<CreateOptions, [string]>(
    program,
    limited(
      add('create', 'Makes a token and shows it, this once.')
        .argument('<label>', 'what it is for')
        .addOption(new Option('--role <role>', 'the most it may do').choices(roles).default('viewer'))
        .option('--days <days>', 'how long it lives', wholeNumber(1, 3650), 90)
        .option('--forever', 'until it is revoked')
        .option('--every-workspace', 'wherever its maker has a role, and not in one workspace alone'),
    ),
    create,
  )
  act<LimitOptions, [string]>(
    program,
    limited(add('limit', 'Says how many calls a token may make.').argument('<id>', 'as millrace tokens list tells it')),
    limit,
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
  { role, days, forever, everyWorkspace, callsPerMinute, callsPerDay, ...options }: CreateOptions,
  label: string,
): Promise<void> {
  const client = await connect(world, options)
  const inEveryWorkspace = everyWorkspace ?? false
  const limits = limitsOf({ callsPerMinute, callsPerDay })
  const body = { label, role, expiresInDays: forever ? null : days, inEveryWorkspace, ...limits }
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

async function limit(
  { world, output }: Run,
  { callsPerMinute, callsPerDay, ...options }: LimitOptions,
  id: string,
): Promise<void> {
  const client = await connect(world, options)
  const body = limitsOf({ callsPerMinute, callsPerDay })
  const token = await bodyOf(client.PATCH('/api/v1/tokens/{id}', { params: { path: { id } }, body }))
  const told = (max: number | null) => max ?? 'as many as usual'
  output.show(
    [token],
    () =>
      `Token ${printable(id)}: calls a minute ${told(token.callsPerMinuteMax)}, a day ${told(token.callsPerDayMax)}.`,
  )
}

function limitsOf({ callsPerMinute, callsPerDay }: Record<'callsPerMinute' | 'callsPerDay', number | undefined>) {
  return {
    ...(callsPerMinute !== undefined && { callsPerMinuteMax: callsPerMinute }),
    ...(callsPerDay !== undefined && { callsPerDayMax: callsPerDay }),
  }
}

async function revoke({ world, output }: Run, options: ConnectionOptions, id: string): Promise<void> {
  const client = await connect(world, options)
  await client.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } })
  output.show([{ revoked: id }], () => `Token ${printable(id)} lets nobody in any more.`)
}
