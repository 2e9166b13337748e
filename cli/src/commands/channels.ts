/** `millrace channels`: whom notifications are sent to. */
import { bodyOf, type Client } from '@millrace/client/client'
import { getChannels, type NotificationChannel } from '@millrace/client/settings'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface CreateOptions extends ConnectionOptions {
  readonly email?: string[]
  readonly webhook?: string
  readonly slack?: string
  readonly severity: NotificationChannel['severityMin']
  readonly digest: NotificationChannel['digest']
}

export function channelsCommand(program: Program, parent: Command): void {
  const channels = parent
    .command('channels')
    .summary('whom notifications are sent to')
    .description('Channels by which notifications come: e-mail, webhook, Slack. One is named by label or id.')
    .addHelpText(
      'after',
      examples(
        'millrace channels list',
        'millrace channels create "on call" --webhook https://hooks.example.com/millrace --severity error',
        'millrace channels create team --email ada@example.com grace@example.com --digest daily',
        'millrace channels test "on call"',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(channels.command(name).description(description))
  const addNamed = (name: string, description: string) => add(name, description).argument('<channel>', 'label or id')

  act<ConnectionOptions, []>(program, add('list', 'Lists them, and whether they arrive.'), list)
  act<CreateOptions, [string]>(
    program,
    add('create', 'Makes a channel. Of a webhook it shows the secret that signs, this once.')
      .argument('<label>', 'its name')
      .option('--email <address...>', 'by e-mail to these')
      .option('--webhook <url>', 'to a webhook, signed as Standard Webhooks has it')
      .option('--slack <url>', 'to an incoming webhook of Slack')
      .addOption(
        new Option('--severity <least>', 'from this one on').choices(['info', 'warning', 'error']).default('warning'),
      )
      .addOption(
        new Option('--digest <when>', 'at once, or all together')
          .choices(['immediately', 'hourly', 'daily'])
          .default('immediately'),
      ),
    create,
  )
  act<ConnectionOptions, [string]>(
    program,
    addNamed('test', 'Sends a test at once. Fails where it does not arrive.'),
    test,
  )
  act<ConnectionOptions, [string]>(program, addNamed('disable', 'Sends nothing until it is enabled.'), enabler(false))
  act<ConnectionOptions, [string]>(program, addNamed('enable', 'Sends again.'), enabler(true))
  act<ConnectionOptions, [string]>(program, addNamed('delete', 'Deletes it, and what is to be sent by it.'), remove)
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const channels = await getChannels(await connect(world, options))
  output.show(channels, () => {
    if (channels.length === 0) return 'Nobody is told.'
    const rows = channels.map((channel) => [
      channel.label,
      targetOf(channel),
      channel.severityMin,
      channel.digest,
      channel.disabledAt === null ? 'on' : 'off',
      channel.waiting,
      channel.lastDeliveredAt,
      channel.lastError,
      channel.id,
    ])
    return renderTable(['label', 'to', 'from', 'digest', 'state', 'waiting', 'last sent', 'last error', 'id'], rows)
  })
}

function targetOf({ target }: NotificationChannel): string {
  return target.kind === 'email' ? target.to.join(', ') : `${target.kind} ${target.host}`
}

async function create({ world, output }: Run, options: CreateOptions, label: string): Promise<void> {
  const target = wantedTarget(options)
  const client = await connect(world, options)
  const body = { label, target, severityMin: options.severity, digest: options.digest }
  const made = await bodyOf(client.POST('/api/v1/notification-channels', { body }))
  output.show([made], () => {
    const text = `${printable(label)} is made. Try it: millrace channels test ${JSON.stringify(label)}`
    return made.signingSecret === null
      ? text
      : `${text}\nIt signs with this secret, shown this once:\n\n  ${made.signingSecret}`
  })
}

function wantedTarget({ email, webhook, slack }: CreateOptions) {
  const wanted = [
    ...(email ? [{ kind: 'email' as const, to: email }] : []),
    ...(webhook === undefined ? [] : [{ kind: 'webhook' as const, url: webhook }]),
    ...(slack === undefined ? [] : [{ kind: 'slack' as const, url: slack }]),
  ]
  if (wanted.length === 1) return wanted[0]!
  throw usageError('It has to be said once where to', 'Give one of --email, --webhook and --slack.')
}

async function test({ world, output }: Run, options: ConnectionOptions, name: string): Promise<ExitCode> {
  const client = await connect(world, options)
  const { id, label } = await findChannel(client, name)
  const params = { path: { id } }
  const answer = await bodyOf(client.POST('/api/v1/notification-channels/{id}/test', { params }))
  const outcome = answer.isDelivered ? 'a test has arrived.' : `a test did not arrive: ${answer.reason}`
  output.show([answer], () => printable(`${label}: ${outcome}`))
  return answer.isDelivered ? exitCodes.ok : exitCodes.failed
}

function enabler(isEnabled: boolean) {
  return async ({ world, output }: Run, options: ConnectionOptions, name: string): Promise<void> => {
    const client = await connect(world, options)
    const { id } = await findChannel(client, name)
    const params = { path: { id } }
    const channel = await bodyOf(client.PATCH('/api/v1/notification-channels/{id}', { params, body: { isEnabled } }))
    output.show([channel], () => `${printable(channel.label)} is ${isEnabled ? 'enabled' : 'disabled'}.`)
  }
}

async function remove({ world, output }: Run, options: ConnectionOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const { id, label } = await findChannel(client, name)
  await client.DELETE('/api/v1/notification-channels/{id}', { params: { path: { id } } })
  output.show([{ deleted: id }], () => `${printable(label)} is deleted.`)
}

async function findChannel(client: Client, name: string): Promise<NotificationChannel> {
  const channels = await getChannels(client)
  const found = channels.find(({ id }) => id === name) ?? channels.find(({ label }) => label === name)
  if (found) return found
  const labels = channels.map(({ label }) => label).join(', ')
  throw usageError(`There is no channel ${JSON.stringify(name)}`, `There are: ${labels || 'none'}.`)
}
