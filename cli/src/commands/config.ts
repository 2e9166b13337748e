/** `millrace config`: each setting of a server, its value, and where that came from; `config export`: what a workspace is set to. */
import { bodyOf } from '@millrace/client/client'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { printable, styler } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { addProcessFlags, type ProcessFlags, pickFlags } from './process-config.ts'

export function configCommand(program: Program, parent: Command): void {
  const command = addProcessFlags(
    parent
      .command('config')
      .enablePositionalOptions() // --data behind `export` is that one's
      .summary('each setting, its value and where it came from')
      .description('Shows the config that a server started here and now would have. Secrets are shown as set or not.'),
  )
  act<ProcessFlags, []>(program, command, config)
  const exported = addConnectionOptions(
    command
      .command('export')
      .summary('all that a workspace is set to, without secrets, as JSON')
      .description(
        'Prints inputs, mappings, code, lookups, channels and scheduled queries as one JSON text. It stays the same as long as ' +
          'nobody changes anything, so that two can be compared, or kept beside the code.',
      ),
  ).addHelpText('after', examples('millrace config export > workspace.json'))
  act<ConnectionOptions, []>(program, exported, exportConfiguration)
}

/** Indented wherever it goes: a file of it is to be read and compared. */
async function exportConfiguration({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const client = await connect(world, options)
  const configuration = await bodyOf(client.GET('/api/v1/configuration'))
  output.write(`${printable(JSON.stringify(configuration, undefined, 2))}\n`)
}

async function config({ world, output }: Run, options: ProcessFlags): Promise<void> {
  const { describeConfig } = await import('@millrace/server/config')
  const entries = await describeConfig({ flags: pickFlags(options), env: world.env, cwd: world.cwd })
  const style = styler(world.stdout, world.env)
  output.show(entries, () =>
    [
      renderTable(
        ['variable', 'value', 'from'],
        entries.map(({ variable, value, origin }) => [variable, value, origin]),
      ),
      '',
      ...entries.map(({ variable, meaning, allowed }) => style('dim', `${variable}: ${meaning}. Allowed: ${allowed}.`)),
    ].join('\n'),
  )
}
