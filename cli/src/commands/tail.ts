/** `millrace tail`: events as they go by. */
import { setTimeout as delay } from 'node:timers/promises'
import { type LiveEvent, type LiveStage, watchEvents } from '@millrace/client/live'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { printable, type Style, styler } from '../output.ts'
import { formatNumberOf } from '../quantities.ts'
import { untilStopped } from '../stopping.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'

interface TailOptions extends ConnectionOptions {
  readonly stage?: LiveStage
  readonly input?: string
  readonly type?: string
  readonly count?: number
}

const askAgainMs = 500

export function tailCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('tail')
      .summary('events as they go by')
      .description(
        'Shows events as they go by, until Ctrl-C. Where they are too many, some are left out, and that is said.',
      )
      .addOption(
        new Option(
          '--stage <stage>',
          'as it arrived, as the code left it, as it became a row, or as it was set aside',
        ).choices(['ingested', 'transformed', 'loaded', 'failed']),
      )
      .option('--input <label>', 'those that come by this input')
      .option('--type <name>', 'those of this event type')
      .option('--count <events>', 'end after so many', wholeNumber(1, 1_000_000)),
  ).addHelpText(
    'after',
    examples('millrace tail --stage failed', 'millrace tail --type flight --stage loaded --json | jq .raw.data'),
  )
  act<TailOptions, []>(program, command, tail)
}

async function tail({ world, output }: Run, { stage, input, type, count, ...options }: TailOptions): Promise<void> {
  const client = await connect(world, options)
  const style = styler(world.stdout, world.env)
  const filter = {
    ...(stage !== undefined && { stage }),
    ...(input !== undefined && { input }),
    ...(type !== undefined && { eventType: type }),
  }
  let shown = 0
  await untilStopped(world, async (signal) => {
    // The server ends each watch after a while, so that a forgotten one does not last.
    for (;;) {
      for await (const message of watchEvents(client, filter, signal)) {
        if (message.kind === 'open') output.remark('Events from now on; Ctrl-C ends it.')
        else if (message.kind === 'dropped')
          output.warn(`${formatNumberOf(message.events, 'event')} left out: too many at once.`)
        else {
          output.show([message.event], () => textOf(message.event, style))
          if (++shown === count) return
        }
      }
      await delay(askAgainMs, undefined, { signal })
    }
  })
}

function textOf({ receivedAt, stage, eventType, input, status, message, raw }: LiveEvent, style: Style): string {
  const colour = stage === 'failed' ? 'red' : stage === 'loaded' ? 'green' : 'dim'
  const why = status === 'VALID' ? '' : `  ${style('red', status)}${message === null ? '' : ` ${printable(message)}`}`
  const data = `${printable(raw.data.replaceAll('\n', '⏎'))}${raw.isWhole ? '' : '…'}`
  const head = `${receivedAt}  ${style(colour, stage.padEnd(11))}  ${printable(eventType)}  ${printable(input)}`
  return `${head}${why}  ${data}`
}
