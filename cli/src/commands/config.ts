/** `millrace config`: each setting, its value, and where that came from. */
import type { Command } from 'commander'
import { styler } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, type Program, type Run } from './command.ts'
import { addProcessFlags, type ProcessFlags, pickFlags } from './process-config.ts'

export function configCommand(program: Program, parent: Command): void {
  const command = addProcessFlags(
    parent
      .command('config')
      .summary('each setting, its value and where it came from')
      .description('Shows the config that a server started here and now would have. Secrets are shown as set or not.'),
  )
  act<ProcessFlags, []>(program, command, config)
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
