/** `millrace verify`: whether the books balance, recomputed from what lies on disk. */
import { bodyOf } from '@millrace/client/client'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes } from '../failure.ts'
import { styler } from '../output.ts'
import { act, examples, type Program, type Run } from './command.ts'

export function verifyCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('verify')
      .summary('recompute the books from log and tables')
      .description(
        'Has the server read its whole log, count its tables, and compare both with its books. Fails where they differ.',
      ),
  ).addHelpText('after', examples('millrace verify', 'millrace verify --json'))
  act<ConnectionOptions, []>(program, command, verify)
}

async function verify({ world, output }: Run, options: ConnectionOptions): Promise<ExitCode> {
  const client = await connect(world, options)
  const check = await bodyOf(client.GET('/api/v1/verify'))
  const style = styler(world.stdout, world.env)
  output.show([check], () => {
    const lines = check.findings.map(({ what, expected, found, isRight }) =>
      isRight
        ? `${style('green', 'right')}  ${what}: ${found}`
        : `${style('red', 'WRONG')}  ${what}: ${found}, expected ${expected}`,
    )
    return [...lines, check.isBalanced ? 'The books balance.' : style('red', 'The books do not balance.')].join('\n')
  })
  return check.isBalanced ? exitCodes.ok : exitCodes.failed
}
