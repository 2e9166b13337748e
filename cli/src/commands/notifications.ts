/** `millrace notifications`: what somebody should know. */
import { setTimeout as delay } from 'node:timers/promises'
import { getNotifications, type Notification } from '@millrace/client/notifications'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type Output, printable, type Style, styler } from '../output.ts'
import { untilStopped } from '../stopping.ts'
import { timeAgo } from '../time-spans.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface NotificationOptions extends ConnectionOptions {
  readonly since: Date
  readonly follow?: true
}

const followEveryMs = 2_000

export function notificationsCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('notifications')
      .summary('what somebody should know')
      .description('Lists notifications by when they last happened, ascending. They are kept for 30 days.')
      .addOption(
        new Option('--since <time>', 'how long ago (60m, 7d), or a time')
          .argParser(timeAgo)
          .default(timeAgo('1d'), '1d'),
      )
      .option('--follow', 'go on, until Ctrl-C'),
  ).addHelpText('after', examples('millrace notifications --since 7d', 'millrace notifications --since 5m --follow'))
  act<NotificationOptions, []>(program, command, notifications)
}

async function notifications(
  { world, output }: Run,
  { since, follow, ...options }: NotificationOptions,
): Promise<void> {
  const client = await connect(world, options)
  const style = styler(world.stdout, world.env)
  const found = await getNotifications(client, since)
  show(output, found, style)
  if (!follow) {
    if (found.length === 0) output.remark('Nothing happened.')
    return
  }
  let last = found
  await untilStopped(world, async (signal) => {
    for (;;) {
      await delay(followEveryMs, undefined, { signal })
      const from = new Date(Math.max(since.getTime(), ...last.map(({ lastAt }) => Date.parse(lastAt))))
      const now = await getNotifications(client, from)
      // What happens again within ten minutes is the same notification, counted on.
      show(
        output,
        now.filter((one) => !last.some(({ id, count }) => id === one.id && count === one.count)),
        style,
      )
      if (now.length > 0) last = now
    }
  })
}

function show(output: Output, found: readonly Notification[], style: Style): void {
  if (found.length > 0) output.show(found, () => found.map((one) => textOf(one, style)).join('\n'))
}

const colours = { info: 'dim', warning: 'yellow', error: 'red' } as const

function textOf({ lastAt, severity, message, count, cause }: Notification, style: Style): string {
  const times = count === 1 ? '' : `  (${count} times)`
  const where = cause === null ? '' : `  [${printable(cause.kind)} ${printable(cause.id)}]`
  return `${lastAt}  ${style(colours[severity], severity.padEnd(7))}  ${printable(message)}${times}${where}`
}
