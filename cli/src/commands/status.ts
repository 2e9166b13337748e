/** `millrace status`: the books, how far behind, how much disk. */
import { bodyOf } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes } from '../failure.ts'
import { type Style, styler } from '../output.ts'
import { formatBytes, formatCount } from '../quantities.ts'
import { act, examples, type Program, type Run } from './command.ts'

type Status = components['schemas']['Status']
type Partition = Status['partitions'][number]

export function statusCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('status')
      .summary('the books, how far behind, how much disk')
      .description(
        'Shows what became of every event: received + split = loaded + dropped + discarded + restreamed + duplicate.\n' +
          'Fails where the books do not balance or a partition has stopped.',
      ),
  ).addHelpText('after', examples('millrace status', "millrace status --json | jq '.partitions[0].lagEvents'"))
  act<ConnectionOptions, []>(program, command, status)
}

async function status({ world, output }: Run, options: ConnectionOptions): Promise<ExitCode> {
  const client = await connect(world, options)
  const answer = await bodyOf(client.GET('/api/v1/status'))
  const style = styler(world.stdout, world.env)
  output.show([answer], () => renderStatus(answer, style))
  const isWell = answer.partitions.every(({ isBalanced, stopped }) => isBalanced && stopped === undefined)
  return isWell ? exitCodes.ok : exitCodes.failed
}

function renderStatus({ partitions, restream, disk, isolation }: Status, style: Style): string {
  const full = restream.isFull ? `, ${style('red', 'full: the pipeline is held')}` : ''
  const waiting = `${formatCount(restream.count)} waiting (${formatBytes(restream.bytes)}), ${formatCount(restream.purged)} purged${full}`
  const bytes = `log ${formatBytes(disk.log)}, tables ${formatBytes(disk.destination)}, restream queue ${formatBytes(disk.restream)}`
  return [
    ...partitions.flatMap((partition) => renderPartition(partition, style)),
    field('restream', waiting),
    field('disk', bytes),
    ...renderIsolation(isolation, style),
  ].join('\n')
}

/** How well users' code is kept in, with a warning where it is not. */
function renderIsolation(isolation: Status['isolation'], style: Style): string[] {
  if (isolation === null) return [field('isolation', style('red', 'the sandbox of users’ code is not available'))]
  const { level, notHeld, warning } = isolation
  if (warning === null) return [field('isolation', style('green', level))]
  return [field('isolation', style('yellow', `${level}, not held: ${notHeld.join(', ')}`)), field('', warning)]
}

function renderPartition({ partition, log, lagEvents, books, isBalanced, stopped }: Partition, style: Style): string[] {
  const since = log.oldestAt === undefined ? '' : `, oldest from ${log.oldestAt}`
  const lag = lagEvents === 0 ? style('green', 'nothing waits') : `${formatCount(lagEvents)} events wait to be loaded`
  const balance = isBalanced ? style('green', 'balanced') : style('red', 'NOT BALANCED: run millrace verify')
  const counts = (names: readonly (keyof typeof books)[]) =>
    names.map((name) => `${name} ${formatCount(books[name])}`).join('  ')
  return [
    ...(stopped === undefined ? [] : [field('stopped', style('red', stopped))]),
    field('log', `partition ${partition}, offsets ${log.start} to ${log.end}${since}`),
    field('lag', lag),
    field('books', balance),
    field('  in', counts(['received', 'split'])),
    field('  out', counts(['loaded', 'dropped', 'discarded', 'restreamed', 'duplicate'])),
  ]
}

function field(name: string, text: string): string {
  return `${name.padEnd(10)}${text}`
}
